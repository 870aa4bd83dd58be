/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way goes what one GPU sends to another: what a GPU and the ports of a switch are set to. */
#ifndef GPUCLAIM_CTL_MACHINE_PEER_H
#define GPUCLAIM_CTL_MACHINE_PEER_H

/* May a GPU's requests carry addresses that are translated already? */
enum ats {
	ATS_UNKNOWN,
	ATS_NONE,
	ATS_OFF,
	ATS_ON,
};

/* What a port does with a request from below it to another port of its switch. */
enum acs {
	ACS_UNKNOWN,	/* also where it has no such capability */
	ACS_PASSES,	/* it goes straight on: P2P Request Redirect is off */
	ACS_REDIRECTS,	/* it is sent up */
	ACS_TRANSLATED, /* it is, unless it is translated: Direct Translated P2P is on */
};

/**
 * ats_read(), acs_read() - ask a function's configuration space, in a few reads of 4 bytes
 * @config:	a descriptor of its attribute, which shows root alone more than 64 bytes
 *
 * Source: PCI Express Base Specification 7.6.3 (the list of extended capabilities), 7.7.11 (ACS),
 * 10.5.1 (ATS). What reads as ones may be a device that does not answer: that is not known.
 */
enum ats ats_read(int config);
enum acs acs_read(int config);

#endif
