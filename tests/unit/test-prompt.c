/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/prompt.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static const struct {
	const char *name, *crypttab, *cmdline, *prompt;
} rows[] = {
	{"nothing is encrypted", NULL, "root=/dev/sda1", "none"},
	{"an entry of crypttab", "# disks\ncryptroot UUID=2 none luks,discard\n", "ro",
	 "cryptroot (/etc/crypttab:2)"},
	{"one without a key", "data /dev/sdb1\n", "ro", "data (/etc/crypttab:1)"},
	{"one with a dash", "data /dev/sdb1 - luks\n", "ro", "data (/etc/crypttab:1)"},
	{"plymouth shows it", "cryptroot UUID=2 none luks\n", "ro quiet splash",
	 "cryptroot (/etc/crypttab:1, shown by plymouth)"},
	{"a key file", "data /dev/sdb1 /etc/key luks\n", "ro", "none"},
	{"a swap with a random key", "swap /dev/sdb1 /dev/urandom swap\n", "ro", "none"},
	{"a TPM", "cryptroot UUID=2 none luks,tpm2-device=auto\n", "ro", "none"},
	{"a key script", "cryptroot UUID=2 none luks,keyscript=/bin/k\n", "ro", "none"},
	{"the second one asks", "swap /dev/sdb1 /dev/urandom swap\nroot UUID=2 none\n", "ro",
	 "root (/etc/crypttab:2)"},
	{"a serial console", "root UUID=2 none\n", "console=tty0 console=ttyS0,115200", "none"},
	{"a serial console that is not the last", "root UUID=2 none\n",
	 "console=ttyS0 console=tty0", "root (/etc/crypttab:1)"},
	{"another virtual terminal", "root UUID=2 none\n", "console=tty1",
	 "root (/etc/crypttab:1)"},
	{"dracut's argument", NULL, "rd.luks.uuid=luks-1",
	 "rd.luks.uuid= on the kernel command line"},
	{"dracut's argument, and plymouth", NULL, "rhgb rd.luks.name=1=root",
	 "rd.luks.name= on the kernel command line, shown by plymouth"},
	{"with a key", NULL, "rd.luks.uuid=luks-1 rd.luks.key=/key", "none"},
	{"with a TPM", NULL, "rd.luks.uuid=luks-1 rd.luks.options=tpm2-device=auto", "none"},
	{"mkinitcpio's argument", NULL, "cryptdevice=UUID=1:root",
	 "cryptdevice= on the kernel command line"},
	{"switched off", "root UUID=2 none\n", "luks=0", "none"},
	{"dracut's argument, switched off", NULL, "rd.luks.uuid=luks-1 luks=no", "none"},
};

#define DATASET(name, key, location) \
	name "\t/\tnoauto\ton\ton\ton\ton\toff\ton\toff\t" key "\t" location "\t-\t-\n"

/* What zed's list of the pool says. */
static const struct {
	const char *name, *list, *cmdline, *prompt;
} zfs[] = {
	{"its own key", DATASET("tank", "-", "none") DATASET("tank/root", "tank/root", "prompt"),
	 "root=ZFS=tank/root", "tank/root (/etc/zfs/zfs-list.cache/tank)"},
	{"its pool's key", DATASET("tank", "tank", "prompt") DATASET("tank/root", "tank", "none"),
	 "root=zfs:tank/root", "tank (/etc/zfs/zfs-list.cache/tank)"},
	{"a key file", DATASET("tank", "tank", "file:///k") DATASET("tank/root", "tank", "none"),
	 "root=ZFS=tank/root", "none"},
	{"another dataset's key",
	 DATASET("tank/a", "tank/a", "prompt") DATASET("tank/b", "-", "none"), "root=ZFS=tank/b",
	 "none"},
	{"a serial console", DATASET("tank", "tank", "prompt"), "root=ZFS=tank console=ttyS0",
	 "none"},
	{"LUKS switched off", DATASET("tank", "tank", "prompt"), "root=ZFS=tank luks=no",
	 "tank (/etc/zfs/zfs-list.cache/tank)"},
	{"a line that is cut off", "tank\t/\n" DATASET("tank", "tank", "prompt"), "root=ZFS=tank",
	 "tank (/etc/zfs/zfs-list.cache/tank)"},
	{"one that is cut off, and another's key",
	 "tank\t/\t-\t-\t-\t-\t-\t-\t-\t-\n" DATASET("tank/a", "tank/a", "prompt"), "root=ZFS=tank",
	 "none"},
	{"no list", NULL, "root=ZFS=tank/root", "none"},
};

static void test_zfs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(zfs); i++) {
		_cleanup_free_ char *prompt = NULL;
		struct tree tree;

		tree_make(&tree);
		if (zfs[i].list)
			tree_file(&tree, "etc/zfs/zfs-list.cache/tank", zfs[i].list);
		(void)test_int(zfs[i].name,
			       passphrase_prompt_find(&tree.root, zfs[i].cmdline, &prompt), 0);
		(void)test_text(zfs[i].name, prompt ? prompt : "none", zfs[i].prompt);
		tree_remove(&tree);
	}
}

TESTS(prompt)
{
	test_zfs();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *prompt = NULL;
		struct tree tree;

		tree_make(&tree);
		if (rows[i].crypttab)
			tree_file(&tree, "etc/crypttab", rows[i].crypttab);
		(void)test_int(rows[i].name,
			       passphrase_prompt_find(&tree.root, rows[i].cmdline, &prompt), 0);
		(void)test_text(rows[i].name, prompt ? prompt : "none", rows[i].prompt);
		tree_remove(&tree);
	}
	return test_done();
}
