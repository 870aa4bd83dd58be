/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/option.h"

#include "nova/rules/release.h"

const struct option_row option_rows[_OPTION_COUNT] = {
	[OPTION_ROOT] = {"root", 0, ARGUMENT_FOLDER, "DIR", "take every path below DIR"},
	[OPTION_JSON] = {"json", 0, ARGUMENT_NONE, NULL, "print JSON"},
	[OPTION_QUIET] = {"quiet", 'q', ARGUMENT_NONE, NULL, "print problems only"},
	[OPTION_VERBOSE] = {"verbose", 'v', ARGUMENT_NONE, NULL, NULL},
	[OPTION_COLUMNS] = {"columns", 0, ARGUMENT_TEXT, "LIST",
			    "print only these columns of the table, in this order"},
	[OPTION_NO_HEADINGS] = {"no-headings", 0, ARGUMENT_NONE, NULL,
				"print the table without its headings"},
	[OPTION_WAIT] = {"wait", 0, ARGUMENT_TEXT, "SECONDS", NULL},
	[OPTION_DRY_RUN] = {"dry-run", 0, ARGUMENT_NONE, NULL,
			    "print what would be changed and run, change nothing"},
	[OPTION_NO_EXEC] = {"no-exec", 0, ARGUMENT_NONE, NULL,
			    "change files, print the commands instead of running them"},
	[OPTION_IDS] = {"ids", 0, ARGUMENT_TEXT, "LIST",
			"every GPU with these IDs: 10de:1c81,10de:2330"},
	[OPTION_ADDRESSES] = {"addresses", 0, ARGUMENT_TEXT, "LIST",
			      "the GPUs at these addresses: 0000:3b:00.0,0000:5e:00.0"},
	[OPTION_ALL_GPUS] = {"all-gpus", 0, ARGUMENT_NONE, NULL,
			     "every GPU but the console's, integrated and virtual ones"},
	[OPTION_BY_PATH] = {"by-path", 0, ARGUMENT_NONE, NULL,
			    "name where each GPU sits (path=), not its address"},
	[OPTION_ALIAS] = {"alias", 0, ARGUMENT_TEXT, "NAME", NULL},
	[OPTION_BOOT_VGA] = {"boot-vga", 0, ARGUMENT_WORD, "refuse|allow",
			     "the GPU of the console, too (refuse)"},
	[OPTION_NO_KERNEL_ARGS] = {"no-kernel-args", 0, ARGUMENT_NONE, NULL,
				   "leave the kernel arguments as they are"},
	[OPTION_NO_INITRAMFS] = {"no-initramfs", 0, ARGUMENT_NONE, NULL,
				 "leave the initramfs as it is"},
	[OPTION_NO_NOVA] = {"no-nova", 0, ARGUMENT_NONE, NULL,
			    "leave Nova's configuration as it is"},
	[OPTION_IMAGE] = {"image", 0, ARGUMENT_NONE, NULL,
			  "in the build of an image (bootc, ostree): write below /usr only"},
	[OPTION_GATE] = {"gate", 0, ARGUMENT_WORD, "strict|none",
			 "nova-compute starts only on a ready node; or on any (as it is)"},
	[OPTION_TRIAL] = {"trial", 0, ARGUMENT_NONE, NULL, NULL},
	[OPTION_ADOPT] = {"adopt", 0, ARGUMENT_NONE, NULL,
			  "the GPUs of old recipes, which are taken out of the files"},
	[OPTION_YES] = {"yes", 0, ARGUMENT_NONE, NULL, "don't ask"},
	[OPTION_RELEASE] = {"release", 0, ARGUMENT_RELEASE, "NAME",
			    "rocky to " NOVA_NEWEST_NAME
			    "; by default that of the installed Nova, else the newest"},
	[OPTION_PLACEMENT] = {"placement", 0, ARGUMENT_OPTIONAL, "URL", NULL},
	[OPTION_SPARE_MOVES] = {"spare-moves", 0, ARGUMENT_NONE, NULL,
				"leave a GPU that is not ready alone while a server has it"},
	[OPTION_SPREAD] = {"spread", 0, ARGUMENT_NONE, NULL,
			   "at a time of this node's own, ask for what can wait"},
	[OPTION_RETURN] =
		{"return", 0, ARGUMENT_NONE, NULL,
		 "give back the used GPUs that wait, or say why not; start no other pass for that"},
	[OPTION_SYNC] = {"sync", 0, ARGUMENT_NONE, NULL,
			 "keep Placement's offer of the GPUs true while the node runs"},
	[OPTION_FOR] =
		{"for", 0, ARGUMENT_WORD, "compute|controller",
		 "what nova-compute needs, or what API, scheduler and conductors need, with flavors, images and libvirt's XML"},
	[OPTION_GUEST] = {"guest", 0, ARGUMENT_WORD, "linux|windows11",
			  "the guests that image properties are for (both)"},
	[OPTION_FORMAT] = {"format", 0, ARGUMENT_WORD,
			   "conf|json|kolla|puppet|osa|juju|helm|sunbeam|edpm",
			   "Nova's own, or as a deployment tool wants it"},
	[OPTION_OUTPUT] = {"output", 0, ARGUMENT_FILE, "FILE", NULL},
	[OPTION_SHARED_GROUPS] = {"shared-groups", 0, ARGUMENT_NONE, NULL,
				  "list all GPUs of an IOMMU group, which go to one guest only"},
	[OPTION_NUMA_POLICY] = {"numa-policy", 0, ARGUMENT_WORD, "legacy|preferred|required|socket",
				"the NUMA policy of the aliases (preferred)"},
	[OPTION_TRAITS] = {"traits", 0, ARGUMENT_TEXT, "A,B",
			   "traits that each GPU has in Placement, and that the aliases ask for"},
	[OPTION_TAGS] = {"tags", 0, ARGUMENT_TEXT, "KEY=VALUE,...",
			 "more keys of each device_spec, such as one_time_use=yes"},
	[OPTION_PROMETHEUS] = {"prometheus", 0, ARGUMENT_NONE, NULL,
			       "print metrics for Prometheus"},
	[OPTION_REFRESH] =
		{"refresh", 0, ARGUMENT_NONE, NULL,
		 "first list in Nova's drop-in the GPUs that are ready, as nova refresh does"},
	[OPTION_ALLOW_NONE] = {"allow-none", 0, ARGUMENT_NONE, NULL,
			       "exit status 0 also where no GPU is selected, and none is expected"},
	[OPTION_SERVICES] =
		{"services", 0, ARGUMENT_NONE, NULL,
		 "only what would keep other services from starting without gpuclaim, and Nova's drop-in: removing the package does this"},
	[OPTION_REFERENCE] = {"reference", 0, ARGUMENT_TEXT, "NODE",
			      "show how each node differs from this one"},
	[OPTION_HTML] = {"html", 0, ARGUMENT_NONE, NULL,
			 "print one HTML page that needs no other file"},
	[OPTION_TREE] = {"tree", 0, ARGUMENT_NONE, NULL,
			 "show the functions below the ports that they hang on"},
	[OPTION_WHY] = {"why", 0, ARGUMENT_NONE, NULL,
			"show which line selects each function, or why none does"},
	[OPTION_HELP] = {"help", 'h', ARGUMENT_NONE, NULL, "print this text"},
	[OPTION_VERSION] = {"version", 'V', ARGUMENT_NONE, NULL, "print the version"},
};

static int has_arg(enum argument argument)
{
	if (argument == ARGUMENT_NONE)
		return no_argument;
	return argument == ARGUMENT_OPTIONAL ? optional_argument : required_argument;
}

void option_table_make(struct option_table *ret)
{
	size_t n = 0;

	*ret = (struct option_table){0};
	ret->letters[n++] = ':';
	for (int i = 0; i < _OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		ret->option[i] = (struct option){row->name, has_arg(row->argument), NULL, i};
		if (row->letter)
			ret->letters[n++] = row->letter;
	}
}

enum verb_option option_of(int found)
{
	for (unsigned i = 0; i < _OPTION_COUNT; i++)
		if (option_rows[i].letter && option_rows[i].letter == found)
			return (enum verb_option)i;
	return (enum verb_option)found;
}

const struct accepted *option_accepted(const struct verb *verb, enum verb_option option)
{
	for (size_t i = 0; i < verb->n_options; i++)
		if (verb->options[i].option == option)
			return &verb->options[i];
	return NULL;
}

const char *option_help(const struct accepted *accepted)
{
	return accepted->help ? accepted->help : option_rows[accepted->option].help;
}
