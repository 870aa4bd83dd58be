/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/base/util.h"
#include "helper/record/verdict.h"

/* Of each check, stable like its id; systemd/gpuclaim.catalog explains them. A verdict's: verdict.c
 */
static const struct {
	const char *check, *id;
} of_check[] = {
	{"configuration", "34957cf5b410593028f7ee50a5f0ac7b"},
	{"switched-off", "43f278a23eb628001071f738d2bd185a"},
	{"armed", "e014e7d81d744f7addf09e438270d34b"},
	{"trial", "b2d88f5eac8b53d0c8329764682b75a1"},
	{"selected", "75d8899358728c575d064da54af41668"},
	{"iommu-active", "cf8231f83788032b4c98cfc46e5f7cc3"},
	{"interrupt-remapping", "0d7699baef96ddf15a134f2746bc2fd6"},
	{"isolation", "16f5c5c7e8472f4bc663a3598db53ad0"},
	{"record", "6ff0bef84f4a2b7208aa8b3818343572"},
	{"configuration-in-step", "12e1566fc2a51628461480132bf2bb63"},
	{"initramfs", "91141730212124d07994be3ef5cbbe58"},
	{"claimed", "b176b073d6f1dc77fc2c3e97292bc29c"},
	{"group-viable", "fd2437d761984957629e2df7068c48bd"},
	{"reserved-region", "98258921790c70ead155762bf2178b5c"},
	{"sriov", "e6d0b327669048d8cdd04be88d17439c"},
	{"vfio-node", "c0c8fa33cd425c483e2ac70d66b46d01"},
	{"vfio-type1", "96ce828974444825bd67b60293c58f4b"},
	{"card-answers", "2e9fcf6916cea1cec605b8a2726c9e40"},
	{"d3cold", "1ca4c47fb883f8ff114e1b8ab460b261"},
	{"bars", "9518db7583afa1eb832495fecb8e6d29"},
	{"reset", "9fc61d1326395090b60137ecfd2e698e"},
	{"link", "d84800b7c901ff4d9513e7546546c421"},
	{"since-claim", "8758bb53080e1dbc1d779a0b01eb4341"},
	{"numa", "28bb272b747ba33ec0170c693dc95e18"},
	{"framebuffer", "007525b5f3cbc876f07a97f81027e4f9"},
	{"addresses-present", "444ae875a623ba3617b8e79c961909cb"},
	{"expect", "a4941c8aff7fdfc88f54144559ec134d"},
	{"nova-whitelist", "fc0f75530e6f21b923586f43cf8f6c36"},
	{"kernel-arguments", "1cabb145259c27a564c215aa8fc29778"},
	{"hugepages", "98d013992be49451d090ab11055cf1c9"},
	{"lockdown", "063f61b4fb89ca350b24e4af9e339a00"},
	{"thief-drivers", "3eea8bd0d5fdc8fb7166774948bf7e6c"},
	{"variant-driver", "96b23808c4389ed5bf65dae33a9dc4d5"},
	{"gpu-users", "cce524f77122552c9a275cfb61c8883d"},
	{"old-recipes", "8a0f7e67d39120dc6b22c84e5973420a"},
};

static const char *message_id_of_check(const char *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_check); i++)
		if (strcmp(of_check[i].check, check) == 0)
			return of_check[i].id;
	return NULL;
}

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
