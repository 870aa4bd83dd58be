/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/html.h"

/* A state is told by its word, never by its colour alone. */
static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>GPUs of the fleet</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; }\n"
	"body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; }\n"
	"body { padding: 1rem; }\n"
	".skip { position: absolute; left: -100rem; }\n"
	".skip:focus { position: static; }\n"
	".table { overflow-x: auto; margin: 1.5rem 0; }\n"
	"table { border-collapse: collapse; }\n"
	"caption { text-align: left; font-weight: bold; font-size: 1.2rem; padding: 0.5rem 0; }\n"
	"th, td { text-align: left; vertical-align: top; padding: 0.3rem 1.5rem 0.3rem 0; }\n"
	"th, td { border-bottom: 1px solid #8888; overflow-wrap: break-word; }\n"
	"thead th { white-space: nowrap; }\n"
	"td.n { font-variant-numeric: tabular-nums; }\n"
	"td.ready, td.not-ready, td.reboot, td.not-set-up { white-space: nowrap; }\n"
	"td.ready, td.not-ready, td.reboot, td.not-set-up { border-left: 0.4rem solid; padding-left: 0.5rem; }\n"
	"td.ready { border-left-color: #1a7f37; }\n"
	"td.not-ready { border-left-color: #cf222e; }\n"
	"td.reboot, td.not-set-up { border-left-color: #9a6700; }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<a class=\"skip\" href=\"#main\">Go to the report</a>\n"
	"<main id=\"main\">\n"
	"<h1>GPUs of the fleet</h1>\n";

static void put_text(const char *text, FILE *to)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		default:
			fputc(*text, to);
		}
}

/* A text that turns the direction of writing does so in its own cell only. */
static void put_bdi(const char *text, FILE *to)
{
	fputs("<bdi>", to);
	put_text(text && *text ? text : "–", to);
	fputs("</bdi>", to);
}

static void put_cell(const char *text, FILE *to)
{
	fputs("<td>", to);
	put_bdi(text, to);
	fputs("</td>", to);
}

static void put_row_head(const char *text, FILE *to)
{
	fputs("<tr><th scope=\"row\">", to);
	put_bdi(text, to);
	fputs("</th>", to);
}

static void put_number(long n, FILE *to)
{
	if (n < 0)
		fputs("<td class=\"n\">–</td>", to);
	else
		fprintf(to, "<td class=\"n\">%ld</td>", n);
}

/* What is wider than the window can be scrolled with the keyboard, too. The columns' names end
 * with NULL. */
static void begin_table(FILE *to, const char *caption, const char *const *column)
{
	fprintf(to,
		"<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
		"<table>\n<caption>%s</caption>\n<thead>\n<tr>",
		caption, caption);
	for (; *column; column++)
		fprintf(to, "<th scope=\"col\">%s</th>", *column);
	fputs("</tr>\n</thead>\n<tbody>\n", to);
}

static void end_table(FILE *to)
{
	fputs("</tbody>\n</table>\n</div>\n", to);
}

static void put_states(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to)
{
	static const char *const columns[] = {"State", "Nodes", NULL};

	fprintf(to, "<p>%zu nodes. %zu GPUs are selected, and %zu of them are ready.</p>\n",
		fleet->n, summary->gpus, summary->ready_gpus);
	begin_table(to, "Nodes by state", columns);
	for (int i = 0; i < _NODE_STATES; i++) {
		put_row_head(node_state_word((enum node_state)i), to);
		put_number((long)summary->state[i], to);
		fputs("</tr>\n", to);
	}
	end_table(to);
}

static void put_problems(const struct fleet *fleet, FILE *to)
{
	if (!fleet->problem.n)
		return;
	fputs("<section aria-labelledby=\"problems\">\n"
	      "<h2 id=\"problems\">What is missing here</h2>\n<ul>\n",
	      to);
	for (size_t i = 0; i < fleet->problem.n; i++) {
		fputs("<li>", to);
		put_bdi(fleet->problem.text[i], to);
		fputs("</li>\n", to);
	}
	fputs("</ul>\n</section>\n", to);
}

static void put_models(const struct fleet_summary *summary, FILE *to)
{
	static const char *const columns[] = {"Model", "IDs",	 "Alias",	"Nodes", "GPUs",
					      "Ready", "In use", "Quarantined", NULL};
	char ids[10];

	if (!summary->n_models)
		return;
	begin_table(to, "GPUs by model and alias", columns);
	for (size_t i = 0; i < summary->n_models; i++) {
		const struct fleet_model *model = &summary->model[i];

		put_row_head(model->gpu->name, to);
		(void)snprintf(ids, sizeof(ids), "%04x:%04x", model->gpu->id.vendor,
			       model->gpu->id.device);
		put_cell(ids, to);
		put_cell(model->gpu->alias, to);
		put_number((long)model->nodes, to);
		put_number((long)model->gpus, to);
		put_number((long)model->ready, to);
		put_number(model->in_use, to);
		put_number(model->quarantined, to);
		fputs("</tr>\n", to);
	}
	end_table(to);
}

static void put_checks(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to)
{
	static const char *const columns[] = {"Check", "Nodes", "Which", NULL};

	if (!summary->n_checks)
		return;
	begin_table(to, "Checks that fail", columns);
	for (size_t i = 0; i < summary->n_checks; i++) {
		const struct fleet_check *check = &summary->check[i];
		const struct fleet_failure *failure = &summary->failure[check->first];

		put_row_head(failure->id, to);
		put_number((long)check->n, to);
		fputs("<td>", to);
		for (size_t k = 0; k < check->n; k++) {
			fputs(k ? ", " : "", to);
			put_bdi(fleet->node[failure[k].node].name, to);
		}
		fputs("</td></tr>\n", to);
	}
	end_table(to);
}

static void put_differences(const struct fleet *fleet, const struct fleet_summary *summary,
			    FILE *to)
{
	static const char *const columns[] = {"Node", "What", "Reference", "Here", NULL};

	if (summary->reference >= fleet->n)
		return;
	fputs("<p>The reference node is ", to);
	put_bdi(fleet->node[summary->reference].name, to);
	fprintf(to, ". %s</p>\n", summary->n_differences ? "" : "No node differs from it.");
	if (!summary->n_differences)
		return;
	begin_table(to, "Differences from the reference node", columns);
	for (size_t i = 0; i < summary->n_differences; i++) {
		const struct fleet_difference *d = &summary->difference[i];

		put_row_head(fleet->node[d->node].name, to);
		put_cell(d->what, to);
		put_cell(d->reference, to);
		put_cell(d->here, to);
		fputs("</tr>\n", to);
	}
	end_table(to);
}

static void put_nodes(const struct fleet *fleet, FILE *to)
{
	static const char *const columns[] = {"Node",	"State",    "GPUs", "Ready",
					      "Reason", "Asked at", NULL};
	size_t ready;

	begin_table(to, "Nodes", columns);
	for (size_t i = 0; i < fleet->n; i++) {
		const struct fleet_node *node = &fleet->node[i];
		const char *word = node_state_word(node->state);

		put_row_head(node->name, to);
		fprintf(to, "<td class=\"%s\">%s</td>", word, word);
		put_number((long)fleet_node_gpus(node, &ready), to);
		put_number((long)ready, to);
		put_cell(node->reason, to);
		put_cell(node->time, to);
		fputs("</tr>\n", to);
	}
	end_table(to);
}

void fleet_print_html(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to)
{
	fputs(head, to);
	put_problems(fleet, to);
	put_states(fleet, summary, to);
	put_models(summary, to);
	put_checks(fleet, summary, to);
	put_differences(fleet, summary, to);
	put_nodes(fleet, to);
	fputs("</main>\n</body>\n</html>\n", to);
}
