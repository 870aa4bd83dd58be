/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "ctl/status/message_id.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/record/verdict.h"

static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[48];

	if (!stream || fstat(fd, &st) < 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

/* An entry is a datagram of lines FIELD=VALUE. */
static void begin_entry(struct text_buffer *entry, const char *id, int priority)
{
	text_addf(entry, "SYSLOG_IDENTIFIER=gpuclaim\nMESSAGE_ID=%s\nPRIORITY=%d\n", id, priority);
}

static int send_entry(int journal, struct text_buffer *entry)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = text_take(entry, &text, &size);

	if (r == 0 && send(journal, text, size, MSG_NOSIGNAL) < 0)
		return 0; /* lost, as the header says */
	return r;
}

static int send_check(int journal, const struct check *check)
{
	struct text_buffer entry _cleanup_(text_buffer_free) = {0};
	char message[MESSAGE_MAX], remedy[REMEDY_MAX];

	memcpy(message, check->message, sizeof(message));
	memcpy(remedy, check->remedy, sizeof(remedy));
	text_make_printable(message);
	text_make_printable(remedy);
	begin_entry(&entry, message_id_of_check(check->id), LOG_ERR);
	text_addf(&entry, "GPUCLAIM_CHECK=%s\nGPUCLAIM_REMEDY=%s\nMESSAGE=%s: %s\n", check->id,
		  remedy[0] ? remedy : "see gpuclaim-verdicts(7)", check->id, message);
	return send_entry(journal, &entry);
}

static int send_verdict(int journal, const struct device_facts *d)
{
	struct text_buffer entry _cleanup_(text_buffer_free) = {0};
	bool refused = d->selected && !verdict_is_claim(d->verdict);
	const char *word = verdict_name(d->verdict);
	char address[PCI_ADDRESS_MAX], why[VERDICT_WHY_MAX];

	memcpy(why, d->why, sizeof(why));
	text_make_printable(why);
	pci_address_format(&d->address, address);
	begin_entry(&entry, verdict_message_id(d->verdict), refused ? LOG_WARNING : LOG_INFO);
	text_addf(&entry, "GPUCLAIM_ADDRESS=%s\nGPUCLAIM_VERDICT=%s\nMESSAGE=%s: %s%s%s\n", address,
		  word, address, word, why[0] ? ": " : "", why);
	return send_entry(journal, &entry);
}

int status_tell_journal(const struct status *status)
{
	const struct readiness *readiness = &status->readiness;
	const struct facts *facts = &status->node.facts;
	_cleanup_close_ int journal = -EBADF;
	int r = 0;

	if (status->root->confined || !is_journal(STDOUT_FILENO))
		return 0;
	journal = log_open_journal();
	if (journal < 0)
		return 0;
	for (size_t i = 0; i < facts->n_devices && r == 0; i++)
		r = send_verdict(journal, &facts->device[i]);
	for (size_t i = 0; i < readiness->n_checks && r == 0; i++)
		if (readiness->check[i].state == STATE_FAIL)
			r = send_check(journal, &readiness->check[i]);
	return r;
}
