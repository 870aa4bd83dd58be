/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/log.h"

#include "tests/unit/test.h"

static FILE *caught;
static int saved_stderr;

static void catch_stderr(void)
{
	(void)fflush(stderr);
	caught = tmpfile();
	saved_stderr = dup(STDERR_FILENO);
	if (!caught || saved_stderr < 0 || dup2(fileno(caught), STDERR_FILENO) < 0)
		abort();
}

static void release_stderr(char *buf, size_t size)
{
	size_t n;

	(void)fflush(stderr);
	if (dup2(saved_stderr, STDERR_FILENO) < 0 || fseek(caught, 0, SEEK_SET) < 0)
		abort();
	n = fread(buf, 1, size - 1, caught);
	buf[n] = '\0';
	(void)fclose(caught);
	(void)close(saved_stderr);
}

static void test_levels(void)
{
	char text[512];
	int r;

	catch_stderr();
	log_line(LOG_INFO, "%s: %s", "0000:01:00.0", "before the first call");
	log_line(LOG_DEBUG, "not told");
	log_open(LOG_TARGET_STDERR, LOG_WARNING);
	log_line(LOG_NOTICE, "not told");
	log_line(LOG_WARNING, "told");
	r = log_errno(LOG_INFO, -EBUSY, "not told");
	log_open(LOG_TARGET_STDERR, LOG_DEBUG);
	log_line(LOG_DEBUG, "all is told");
	release_stderr(text, sizeof(text));
	test_text("levels", text,
		  "gpuclaim: 0000:01:00.0: before the first call\n"
		  "gpuclaim: told\n"
		  "gpuclaim: all is told\n");
	test_int("the error comes back unsaid", r, -EBUSY);
}

static void test_errno(void)
{
	char text[512];
	int r;

	catch_stderr();
	r = log_errno(LOG_ERR, -EBUSY, "can't store \"%s\"", "x");
	release_stderr(text, sizeof(text));
	test_text("an error", text, "gpuclaim: can't store \"x\": Device or resource busy\n");
	test_int("the error comes back", r, -EBUSY);
}

static void test_one_line(void)
{
	char text[512];

	catch_stderr();
	log_line(LOG_ERR, "a\nb\tc\x7f\x1b[0md\xc3\xa9");
	release_stderr(text, sizeof(text));
	test_text("one line", text, "gpuclaim: a?b?c??[0md\xc3\xa9\n");
}

static void test_length(void)
{
	char text[2048], filler[1500];

	memset(filler, 'a', sizeof(filler));
	filler[sizeof(filler) - 1] = '\0';

	catch_stderr();
	log_line(LOG_ERR, "%s", filler);
	release_stderr(text, sizeof(text));
	test_int("a line is cut at 900 bytes", (long)strlen(text), 900);
	test_int("it ends as a line does", text[899], '\n');

	catch_stderr();
	(void)log_errno(LOG_ERR, -EBUSY, "%s", filler);
	release_stderr(text, sizeof(text));
	test_int("a line with an error too", (long)strlen(text), 900);
	test_text("the error is not what is cut", strrchr(text, ':'),
		  ": Device or resource busy\n");
}

TESTS(log)
{
	test_levels();
	test_errno();
	test_one_line();
	test_length();
	return test_done();
}
