/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "helper/base/text.h"

#define ROOM_UNKNOWN 80

size_t terminal_room(FILE *to)
{
	struct winsize size;

	if (!isatty(fileno(to)))
		return SIZE_MAX;
	return ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
									    : ROOM_UNKNOWN;
}

size_t text_width(const char *text, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

void text_break(char *to, const char *text, size_t room, size_t used)
{
	size_t column = used;

	while (*text) {
		size_t blanks = strspn(text, " "), n = blanks + strcspn(text + blanks, " ,");

		n += text[n] == ',';
		if (column > 0 && column + text_width(text, n) > room) {
			*to++ = '\n';
			column = 0;
			text += blanks;
			n -= blanks;
		}
		to = mempcpy(to, text, n);
		column += text_width(text, n);
		text += n;
	}
	*to = '\0';
}

void paragraph_print(FILE *to, size_t used, size_t indent, const char *text)
{
	size_t room = terminal_room(to);
	_cleanup_free_ char *broken = room == SIZE_MAX ? NULL : malloc(2 * strlen(text) + 1);
	char *rest = broken, *line;

	if (!broken || room <= 2 * indent) {
		fprintf(to, "%s\n", text);
		return;
	}
	text_break(broken, text, room - indent, used > indent ? used - indent : 0);
	fprintf(to, "%s\n", strsep(&rest, "\n"));
	while ((line = strsep(&rest, "\n")))
		fprintf(to, "%*s%s\n", (int)indent, "", line);
}

void terminal_print(FILE *to, const char *text)
{
	_cleanup_free_ char *clean = strdup(text);

	if (clean)
		text_make_printable(clean);
	fputs(clean ? clean : "?", to);
}
