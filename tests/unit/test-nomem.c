/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each allocation of the editors, of who unpacks images and of Nova's readers fails once: it is
 * told, and nothing is lost. In a sanitized build, whose allocator is not to be replaced, they run
 * whole and are looked at for leaks.
 */
#include <archive.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/change/undo.h"
#include "ctl/initramfs/content.h"
#include "ctl/print/json.h"
#include "ctl/recipes/recipe_text.h"
#include "grub/bls.h"
#include "grub/grub_default.h"
#include "grub/grub_evaluate.h"
#include "grub/grub_trial.h"
#include "grub/grubenv.h"
#include "helper/claim/claim.h"
#include "helper/policy/policy.h"
#include "nova/config/oslo_config.h"
#include "nova/rules/alias.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/provider.h"
#include "tests/unit/nomem.h"
#include "tests/unit/pack.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static int edit_line(void)
{
	static const char line[] = "ro quiet \"a b\" intel_iommu=sm_on -- word";
	static const char *const names[] = {"quiet"};
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL, *back = NULL, *without = NULL, *text = NULL;
	size_t gone;
	int r = kargs_apply(line, kargs_all, KARGS_ALL, &now, &changes);

	if (r == 0)
		r = kargs_revert(now, &changes, &back, &gone);
	if (r == 0)
		r = kargs_has_end(line) < 0 ? -ENOMEM : 0;
	if (r == 0) {
		without = kargs_without(line, names, 1);
		r = nomem_tell(without);
	}
	for (size_t i = 0; i < KARGS_ALL && r >= 0; i++) {
		free(TAKE_PTR(text));
		r = kargs_state(line, &kargs_all[i], &text);
		(void)nomem_tell(text);
	}
	(void)nomem_tell(now);
	(void)nomem_tell(back);
	return r < 0 ? r : 0;
}

static int merge_argument(void)
{
	static const char line[] = "ro intel_iommu=sm_on quiet";
	_cleanup_free_ char *was = NULL, *now = NULL, *without = NULL;
	int r = kargs_merged(line, &kargs_all[0], &was, &now);

	if (r < 0)
		return r;
	(void)nomem_tell(was);
	(void)nomem_tell(now);
	r = trial_is_running("ro gpuclaim.trial=1");
	without = trial_without("ro gpuclaim.trial quiet");
	return r < 0 ? r : nomem_tell(without);
}

static int edit_entry(void)
{
	static const char text[] =
		"title Linux\nlinux /vmlinuz\noptions $kernelopts ro\noptions quiet\n";
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *options = NULL, *now = NULL, *back = NULL, *titled = NULL,
			    *trial = NULL;
	unsigned line;
	size_t gone;
	int r = bls_options(text, &options, &line);

	if (r >= 0)
		r = bls_apply(text, kargs_all, KARGS_ALL, &now, &changes);
	if (r >= 0)
		r = bls_revert(now, &changes, &back, &gone);
	if (r >= 0)
		r = bls_set_field(text, "title", "Another", &titled);
	if (r >= 0)
		r = bls_trial_entry(text, "root=/dev/sda1", trial_kargs, TRIAL_KARGS, &trial);
	(void)nomem_tell(options);
	(void)nomem_tell(now);
	(void)nomem_tell(back);
	(void)nomem_tell(titled);
	(void)nomem_tell(trial);
	return r < 0 ? r : 0;
}

static int read_environment(void)
{
	static const char text[] = "# GRUB Environment Block\nkernelopts=ro a\\\\b\n####";
	_cleanup_free_ char *value = NULL, *field = NULL, *expanded = NULL;
	int r = grubenv_get(text, "kernelopts", &value);

	if (r >= 0)
		r = bls_field("title x\nversion 6.1\n", "version", &field);
	if (r >= 0) {
		expanded = grubenv_expand(text, "$kernelopts $none quiet");
		r = nomem_tell(expanded);
	}
	(void)nomem_tell(value);
	(void)nomem_tell(field);
	return r < 0 ? r : 0;
}

static int edit_default(void)
{
	static const char text[] =
		"GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"a \\\"b\"\nGRUB_CMDLINE_LINUX_DEFAULT='quiet'\n"
		"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX more\"\nGRUB_CMDLINE_LINUX_DEFAULT+=\" x\"\n";
	struct grub_variables variables _cleanup_(grub_variables_free) = {0};
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *replaced = NULL, *appended = NULL;
	struct text_error error;
	int r = grub_default_find("A=1\nGRUB_CMDLINE_LINUX=\"a\"\n", "GRUB_CMDLINE_LINUX", &at,
				  &error);

	if (r < 0)
		return r;
	replaced = grub_default_replace("A=1\nGRUB_CMDLINE_LINUX=\"a\"\n", &at, "b c");
	appended = grub_default_append("A=1", "GRUB_CMDLINE_LINUX", "b c");
	if (nomem_tell(replaced) < 0 || nomem_tell(appended) < 0)
		return -ENOMEM;
	r = grub_default_evaluate(text, &variables);
	(void)nomem_tell(variables.linux_);
	(void)nomem_tell(variables.default_);
	return r;
}

static int try_menu(void)
{
	static const char text[] =
		"set default=\"adv>old\"\nmenuentry 'One' $menuentry_id_option 'one' {\n"
		"\tlinux /boot/vmlinuz-6.1 root=/dev/sda1 ro quiet\n}\n"
		"submenu 'More' $menuentry_id_option 'adv' {\n"
		"\tmenuentry 'Old' $menuentry_id_option 'old' {\n\t\tlinux /vmlinuz ro\n\t}\n}\n";
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *entry = NULL, *custom = NULL, *removed = NULL;
	const char *why = NULL;
	bool found;
	int r = grub_cfg_parse(text, &menu);

	if (r == 0)
		r = grub_trial_entry(text, &menu.entry[0], trial_kargs, TRIAL_KARGS, &entry, &why);
	if (r == -EINVAL && strstr(why, "no memory"))
		r = -ENOMEM;
	if (r == 0)
		r = grub_trial_add("# ours\n", entry, &custom);
	if (r == 0)
		r = grub_trial_remove(custom, &removed, &found);
	(void)nomem_tell(entry);
	(void)nomem_tell(custom);
	(void)nomem_tell(removed);
	return r;
}

static int find_recipes(void)
{
	struct recipe_lines lines _cleanup_(recipe_lines_free) = {0};
	struct recipe_lines modules _cleanup_(recipe_lines_free) = {0};
	int r = recipe_find("options vfio-pci ids=10de:1c81,10de:0fb9 disable_vga=1\n"
			    "softdep nouveau pre: vfio-pci\nblacklist nouveau\n",
			    RECIPE_MODPROBE, &lines);

	if (r == 0)
		r = recipe_find("vfio\nvfio-pci ids=10de:1c81\n", RECIPE_MODULES, &modules);
	for (size_t i = 0; i < lines.n; i++)
		(void)nomem_tell(lines.line[i].value);
	for (size_t i = 0; i < modules.n; i++)
		(void)nomem_tell(modules.line[i].value);
	return r;
}

static int read_configuration(void)
{
	static const char *const texts[] = {
		"[DEFAULT]\nhome = /x\n[pci]\nalias = ${DEFAULT.home} $home $$ \\$\n  more\n"
		"alias = $missing\nalias = ${alias}\nreport_in_placement = 'on'\n",
		"no section\n",
		"[pci\n",
	};
	static const struct oslo_name alias[] = {{"pci", "alias"}, {0}},
				      report[] = {{"pci", "report_in_placement"}, {0}};
	struct oslo_values many = {0}, one = {0};
	struct oslo_config config = {0};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++)
		r = oslo_config_add(&config, "/etc/nova/nova.conf", texts[i], strlen(texts[i]));
	if (r == 0)
		r = oslo_config_multi(&config, alias, &many);
	if (r == 0)
		r = oslo_config_single(&config, report, &one);
	for (size_t i = 0; i < many.n; i++)
		(void)nomem_tell(many.value[i].text ? many.value[i].text
						    : many.value[i].error.text);
	for (size_t i = 0; i < one.n; i++)
		(void)nomem_tell(one.value[i].text);
	oslo_values_free(&many);
	oslo_values_free(&one);
	oslo_config_free(&config);
	return r;
}

static struct nova_device devices[] = {
	{.address = {0, 1, 0, 0}, .id = {0x10de, 0x1c81}, .class_code = 0x030000, .numa_node = -1},
	{.address = {0, 2, 0, 0}, .id = {0x10de, 0x1c81}, .class_code = 0x030000, .numa_node = -1},
};
static struct nova_netdev netdevs[] = {
	{.name = (char[]){"eth0"}, .address = (char[]){"0000:02:00.0"}}};
static const struct nova_host host = {devices, ARRAY_SIZE(devices), netdevs, 1};
static const struct nova_rules rules = {31, true, true, "node", &host};

/* Each alone: what Nova refuses ends with the first. */
static int judge_specs(void)
{
	static const char *const texts[] = {
		"{\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"address\":\"0000:01:00.0\","
		"\"resource_class\":\"a b\",\"traits\":\"x,HW_GPU\",\"managed\":\"no\"}",
		"[{\"address\":\"*:02:*.*\"},{\"address\":{\"bus\":\"0[12]\",\"slot\":\".*\"}}]",
		"{\"devname\":\"eth0\",\"physical_network\":null}",
		"{\"devname\":\"eth0\",\"address\":\"0000:02:00.0\"}",
		"{\"vendor_id\":\"zzzzz\"}",
		"{\"vendor_id\":10}",
		"{\"address\":\"1:2:3:4.5\"}",
		"{\"address\":{\"bus\":\"(\"}}",
		"{\"address\":{\"bus\":[1]}}",
		"{\"address\":{\"bus\":1}}",
		"{\"address\":{\"bus\":\"(?i)a\"}}",
		"{\"address\":[\"x\"]}",
		"{\"traits\":1}",
		"{\"a\":",
		"[[1]]",
		"1",
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++) {
		struct devspecs specs = {0};
		struct providers providers = {0};

		r = devspecs_parse(&rules, &texts[i], 1, &specs);
		if (r == 0)
			r = providers_make(&rules, &specs, &providers);
		(void)nomem_tell(specs.error.text);
		(void)nomem_tell(specs.doubt);
		(void)nomem_tell(providers.error.text);
		for (size_t k = 0; k < providers.n; k++)
			(void)nomem_tell(providers.provider[k].resource_class);
		providers_free(&providers);
		devspecs_free(&specs);
	}
	return r;
}

static int judge_aliases(void)
{
	static const char *const texts[][2] = {
		{"{\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\"}",
		 "{\"name\":\"a\",\"device_type\":\"type-PF\",\"numa_policy\":\"required\"}"},
		{"{\"name\":\"a\",\"device_type\":\"type-PCI\"}",
		 "{\"name\":\"a\",\"device_type\":\"type-PF\"}"},
		{"{\"name\":\"a\",\"resource_class\":\"x\",\"traits\":\"y\"}",
		 "{\"name\":\"b\",\"live_migratable\":\"yes\"}"},
		{"{\"name\":\"\"}", "{}"},
		{"{\"name\":1}", "{}"},
		{"{\"name\":\"a\",\"x\":1,\"y\":2}", "{}"},
		{"{\"name\":\"a\",\"vendor_id\":\"zz\"}", "{}"},
		{"{\"name\":\"a\",\"vendor_id\":\"\\u0661\\u0661\\u0661\\u0661\"}", "{}"},
		{"{\"name\":\"a\",\"device_type\":\"x\"}", "{}"},
		{"[]", "{"},
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++) {
		struct alias_rules aliases = {0};

		r = alias_rules_parse(&rules, texts[i], 2, &aliases);
		(void)nomem_tell(aliases.error.text);
		(void)nomem_tell(aliases.doubt);
		alias_rules_free(&aliases);
	}
	return r;
}

static int void_policy(void)
{
	const struct rule rule = {.source = "etc/gpuclaim/gpuclaim.conf"};
	struct policy policy = {0};
	int r = policy_void(&policy, &rule, "%s:1: an error", rule.source);

	/* An error that nobody is told is none. */
	if (r == 0 && policy.n_errors != 1)
		r = -EINVAL;
	if (r == 0)
		r = nomem_tell(policy.errors[0]);
	policy_free(&policy);
	return r;
}

static int decide(void)
{
	struct detail detail = {0};
	struct function gpu = {.id = {.address = {0, 1, 0, 0}, .id = {0x10de, 0x1c81}},
			       .upstream = NO_FUNCTION,
			       .detail = &detail};
	const struct machine machine = {.function = &gpu, .n_functions = 1};
	struct unit unit = {.function = (size_t[]){0}, .n_functions = 1};
	const struct policy policy = {.valid = true};
	struct decision decision = {0};
	int r = claim_decide(&machine, &policy, &(struct units){&unit, 1}, CLAIM_BOOT, &decision);

	if (r == 0)
		r = nomem_tell(decision.outcome[0].why);
	decision_free(&decision);
	return r;
}

/* What a part is missing of is not told. */
static int print_json(void)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	struct text_list texts = {.text = (char *[]){(char[]){"a"}, (char[]){"b"}}, .n = 2};
	_cleanup_free_ char *text = NULL;
	struct json_object *one;

	json_add_text(top, "text", "a");
	json_add_bool(top, "bool", true);
	json_add_known(top, "null", -1);
	one = json_append_object(json_add_array(top, "array"));
	json_add_texts(one, "texts", &texts);
	json_add_number(json_add_object(one, "object"), "number", 7);
	text = json_render(top);
	return nomem_tell(text);
}

static struct tree tree;

/* On the disk it is whole, or not there. */
static int write_changes(void)
{
	static const char path[] = "var/lib/gpuclaim/kargs.undo";
	struct undo undo _cleanup_(undo_free) = {0};
	char text[256], place[PATH_MAX];
	ssize_t n;
	int r = undo_note(&undo, &(struct undo_file){.path = (char[]){"etc/default/grub"},
						     .before = (char[]){"a\n"},
						     .after = (char[]){"b\n"}});

	if (r == 0)
		r = undo_write(&tree.root, "kargs", &undo);
	n = root_read(&tree.root, path, text, sizeof(text));
	(void)snprintf(place, sizeof(place), "%s/%s", tree.path, path);
	if (n >= 0 && (unlink(place) < 0 || !strstr(text, "\nend 0\n")))
		return -EINVAL;
	(void)nomem_tell(n < 0 ? "" : text);
	return r;
}

static void test_changes(void)
{
	tree_make(&tree);
	nomem_test_each("a record of changes", write_changes);
	tree_remove(&tree);
}

static int image_fd;

static int unpack_image(void)
{
	struct image image _cleanup_(image_free) = {0};
	const char *why = NULL;
	int r = image_inspect(image_fd, &image, &why);

	(void)nomem_tell(image.n_conf ? image.conf[0].text : "");
	return r;
}

/*
 * Not of xz, lzma and lz4: archive_read_open1() of libarchive 3.6.2 crashes where one of these
 * filters finds no memory, since it closes what has not been made.
 */
static void test_images(void)
{
	static const struct {
		const char *name;
		int filter;
	} rows[] = {
		{"gzip", ARCHIVE_FILTER_GZIP},
		{"bzip2", ARCHIVE_FILTER_BZIP2},
		{"zstd", ARCHIVE_FILTER_ZSTD},
	};
	struct pack plain _cleanup_(pack_free) = {0};

	pack_file(&plain, &(struct pack_file){.name = "etc/gpuclaim/gpuclaim.conf.d/a.conf",
					      .content = "claim 10de:1c81\n"});
	pack_end(&plain);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pack packed _cleanup_(pack_free) = {0};

		pack_filter(&packed, rows[i].filter, &plain);
		image_fd = memfd_create("image", MFD_CLOEXEC);
		if (image_fd < 0 ||
		    write(image_fd, packed.data, packed.size) != (ssize_t)packed.size)
			abort();
		nomem_test_ends(rows[i].name, unpack_image);
		(void)close(image_fd);
	}
}

TESTS(nomem)
{
	nomem_test_each("a configuration's error", void_policy);
	nomem_test_each("a decision", decide);
	nomem_test_each("a line of arguments", edit_line);
	nomem_test_each("an argument merged", merge_argument);
	nomem_test_each("an entry", edit_entry);
	nomem_test_each("GRUB's environment", read_environment);
	nomem_test_each("/etc/default/grub", edit_default);
	nomem_test_each("an entry that boots once", try_menu);
	nomem_test_each("recipes", find_recipes);
	nomem_test_each("Nova's configuration", read_configuration);
	nomem_test_each("device_spec", judge_specs);
	nomem_test_each("alias", judge_aliases);
	nomem_test_each("JSON", print_json);
	test_changes();
	test_images();
	return test_done();
}
