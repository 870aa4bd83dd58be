/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/pci.h"

#define DOMAIN_DIGITS_MIN 4
#define DOMAIN_DIGITS_MAX 8

/* isxdigit(3) asks the locale, which no address depends on. */
static int hex_digit(char c)
{
	unsigned decimal = (unsigned)(c - '0'), letter = (unsigned)((c | 0x20) - 'a');

	if (decimal < 10)
		return (int)decimal;
	return letter < 6 ? (int)letter + 10 : -1;
}

bool hex_take(const char **s, size_t digits, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit((*s)[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}

	*s += digits;
	*ret = value;
	return true;
}

static bool char_take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

int pci_address_parse(const char *s, struct pci_address *ret)
{
	uint32_t domain, bus, device, function;
	size_t digits = 0;

	/* The domain's digits are counted first: a short one is a missing one ("01:00.0"). */
	while (hex_digit(s[digits]) >= 0)
		digits++;
	if (digits < DOMAIN_DIGITS_MIN)
		return -EINVAL;
	if (digits > DOMAIN_DIGITS_MAX)
		return s[digits] == ':' ? -ERANGE : -EINVAL;

	if (!hex_take(&s, digits, &domain) || !char_take(&s, ':') || !hex_take(&s, 2, &bus) ||
	    !char_take(&s, ':') || !hex_take(&s, 2, &device) || !char_take(&s, '.') ||
	    !hex_take(&s, 1, &function) || *s)
		return -EINVAL;

	if (device > 0x1f || function > 7)
		return -ERANGE;

	*ret = (struct pci_address){
		.domain = domain,
		.bus = (uint8_t)bus,
		.device = (uint8_t)device,
		.function = (uint8_t)function,
	};
	return 0;
}

/* Writes at least @digits digits, and the character after them; returns what follows. */
static char *hex_put(char *to, uint32_t value, unsigned digits, char after)
{
	while (digits < DOMAIN_DIGITS_MAX && value >> 4 * digits)
		digits++;
	while (digits > 0)
		*to++ = "0123456789abcdef"[value >> 4 * --digits & 0xf];
	*to++ = after;
	return to;
}

/* Not by snprintf(3): it is done for each function of a machine. */
const char *pci_address_format(const struct pci_address *a, char buf[static PCI_ADDRESS_MAX])
{
	char *end = hex_put(buf, a->domain, DOMAIN_DIGITS_MIN, ':');

	end = hex_put(end, a->bus, 2, ':');
	end = hex_put(end, a->device & 0x1f, 2, '.');
	(void)hex_put(end, a->function & 7, 1, '\0');
	return buf;
}

/* All of it in one number, in the order of addresses. */
static uint64_t sort_key(const struct pci_address *a)
{
	return (uint64_t)a->domain << 24 | (uint64_t)a->bus << 16 | (uint64_t)a->device << 8 |
	       a->function;
}

int pci_address_compare(const struct pci_address *a, const struct pci_address *b)
{
	uint64_t key = sort_key(a), other = sort_key(b);

	return (key > other) - (key < other);
}

bool pci_address_same_device(const struct pci_address *a, const struct pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->device == b->device;
}

int pci_id_parse(const char *s, struct pci_id *ret)
{
	uint32_t vendor, device;

	if (!hex_take(&s, 4, &vendor) || !char_take(&s, ':') || !hex_take(&s, 4, &device) || *s)
		return -EINVAL;

	*ret = (struct pci_id){.vendor = (uint16_t)vendor, .device = (uint16_t)device};
	return 0;
}

bool pci_class_is_gpu(uint32_t class_code)
{
	uint8_t base = pci_class_base(class_code);

	return base == 0x03 || base == 0x12;
}

bool pci_class_is_companion(uint32_t class_code)
{
	uint16_t sub = pci_class_sub(class_code);

	return sub == 0x0403 || sub == 0x0c03 || sub == 0x0c80;
}

bool pci_class_is_bridge(uint32_t class_code)
{
	uint16_t sub = pci_class_sub(class_code);

	return sub == 0x0600 || sub == 0x0601 || sub == 0x0604;
}

bool pci_class_is_fabric(uint32_t class_code)
{
	return pci_class_sub(class_code) == 0x0680;
}

static const char *subclass_name(uint16_t sub)
{
	static const struct {
		uint16_t sub;
		const char *name;
	} names[] = {
		{0x0106, "SATA controller"},
		{0x0108, "NVMe controller"},
		{0x0300, "VGA controller"},
		{0x0302, "3D controller"},
		{0x0403, "audio device"},
		{0x0600, "host bridge"},
		{0x0601, "ISA bridge"},
		{0x0604, "PCI bridge"},
		{0x0c03, "USB controller"},
		{0x0c05, "SMBus controller"},
		{0x0c80, "serial bus controller"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].sub == sub)
			return names[i].name;
	return NULL;
}

const char *pci_class_name(uint32_t class_code)
{
	static const char *const bases[] = {
		[0x00] = "unclassified device",
		[0x01] = "storage controller",
		[0x02] = "network controller",
		[0x03] = "display controller",
		[0x04] = "multimedia controller",
		[0x05] = "memory controller",
		[0x06] = "bridge",
		[0x07] = "communication controller",
		[0x08] = "system peripheral",
		[0x09] = "input device controller",
		[0x0a] = "docking station",
		[0x0b] = "processor",
		[0x0c] = "serial bus controller",
		[0x0d] = "wireless controller",
		[0x0e] = "intelligent controller",
		[0x0f] = "satellite communication controller",
		[0x10] = "encryption controller",
		[0x11] = "signal processing controller",
		[0x12] = "processing accelerator",
		[0x13] = "non-essential instrumentation",
	};
	const char *name = subclass_name(pci_class_sub(class_code));
	uint8_t base = pci_class_base(class_code);

	if (name)
		return name;
	if (base < ARRAY_SIZE(bases))
		return bases[base];
	return base == 0x40 ? "co-processor" : "device of unknown class";
}
