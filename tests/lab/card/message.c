/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's side of the vfio-user protocol, as far as QEMU's client uses it. */
#include "card.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum command {
	CMD_VERSION = 1,
	CMD_DMA_MAP = 2,
	CMD_DMA_UNMAP = 3,
	CMD_GET_INFO = 4,
	CMD_GET_REGION_INFO = 5,
	CMD_GET_IRQ_INFO = 7,
	CMD_SET_IRQS = 8,
	CMD_REGION_READ = 9,
	CMD_REGION_WRITE = 10,
	CMD_RESET = 13,
};

#define FLAG_REPLY    0x01
#define FLAG_NO_REPLY 0x10
#define FLAG_ERROR    0x20
#define MAX_TRANSFER  4096
#define MAX_PAYLOAD   8192

struct header {
	uint16_t id, command;
	uint32_t size, flags, error;
};

struct dma_request {
	uint32_t argsz, flags;
	uint64_t offset, iova, size;
};

struct unmap_request {
	uint32_t argsz, flags;
	uint64_t iova, size;
};

struct access {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[];
};

struct message {
	struct header h;
	_Alignas(8) uint8_t payload[MAX_PAYLOAD];
	uint32_t length; /* of the payload */
	int fd[MAX_MESSAGE_FDS];
	unsigned int n_fds;
};

static int read_all(int fd, void *buffer, size_t n)
{
	for (uint8_t *p = buffer; n;) {
		ssize_t got = recv(fd, p, n, MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -ENOTCONN;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

static void take_descriptors(struct msghdr *mh, struct message *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->n_fds = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(m->fd, CMSG_DATA(c), m->n_fds * sizeof(int));
	}
}

static int receive(int fd, struct message *m)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(m->fd))];
	struct iovec iov = {&m->h, sizeof(m->h)};
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	m->n_fds = 0;
	do
		n = recvmsg(fd, &mh, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ENOTCONN;
	take_descriptors(&mh, m);
	if ((size_t)n < sizeof(m->h) &&
	    read_all(fd, (char *)&m->h + n, sizeof(m->h) - (size_t)n) < 0)
		return -ENOTCONN;
	if (m->h.size < sizeof(m->h) || m->h.size - sizeof(m->h) > MAX_PAYLOAD)
		return -EPROTO;
	m->length = m->h.size - (uint32_t)sizeof(m->h);
	return read_all(fd, m->payload, m->length);
}

static int reply(int fd, struct message *m, int result)
{
	struct iovec iov[2] = {{&m->h, sizeof(m->h)}, {m->payload, m->length}};
	struct msghdr mh = {.msg_iov = iov, .msg_iovlen = 2};

	if (m->h.flags & FLAG_NO_REPLY)
		return 0;
	if (result < 0)
		iov[1].iov_len = 0;
	m->h.flags = FLAG_REPLY | (result < 0 ? FLAG_ERROR : 0);
	m->h.error = result < 0 ? (uint32_t)-result : 0;
	m->h.size = (uint32_t)(sizeof(m->h) + iov[1].iov_len);
	return sendmsg(fd, &mh, MSG_NOSIGNAL) == (ssize_t)m->h.size ? 0 : -ENOTCONN;
}

/* The answer must fit the room of the question, and QEMU refuses minor 1. */
static int answer_version(struct message *m)
{
	static const char text[] = "{\"capabilities\":{\"max_msg_fds\":8}}";

	if (m->length < 4 + sizeof(text))
		return -EINVAL;
	memset(m->payload, 0, 4);
	memcpy(m->payload + 4, text, sizeof(text));
	m->length = 4 + sizeof(text);
	return 0;
}

static int answer_map(struct function *f, struct message *m)
{
	const struct dma_request *q = (const struct dma_request *)m->payload;
	struct dma_mapping mapping;

	if (m->length < sizeof(*q))
		return -EINVAL;
	mapping = (struct dma_mapping){
		.iova = q->iova,
		.size = q->size,
		.offset = q->offset,
		.writable = q->flags & VFIO_DMA_MAP_FLAG_WRITE,
	};
	m->length = 0;
	return dma_map(&f->client, &mapping, m->n_fds ? m->fd[0] : -1);
}

static int answer_unmap(struct function *f, struct message *m)
{
	const struct unmap_request *q = (const struct unmap_request *)m->payload;

	if (m->length < sizeof(*q))
		return -EINVAL;
	if (q->flags & VFIO_DMA_UNMAP_FLAG_ALL)
		dma_unmap(&f->client, 0, UINT64_MAX);
	else
		dma_unmap(&f->client, q->iova, q->size);
	return 0;
}

static int answer_info(struct message *m)
{
	struct vfio_device_info *info = (struct vfio_device_info *)m->payload;

	if (m->length < 16)
		return -EINVAL;
	info->flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info->num_regions = VFIO_PCI_NUM_REGIONS;
	info->num_irqs = VFIO_PCI_NUM_IRQS;
	return 0;
}

static int answer_region_info(const struct function *f, struct message *m)
{
	struct vfio_region_info *info = (struct vfio_region_info *)m->payload;

	if (m->length < sizeof(*info))
		return -EINVAL;
	info->size = region_size(f, info->index);
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	info->cap_offset = 0;
	info->offset = 0;
	return 0;
}

static int answer_irq_info(const struct function *f, struct message *m)
{
	struct vfio_irq_info *info = (struct vfio_irq_info *)m->payload;

	if (m->length < sizeof(*info))
		return -EINVAL;
	info->flags = VFIO_IRQ_INFO_EVENTFD;
	info->count = 0;
	if (info->index == VFIO_PCI_INTX_IRQ_INDEX) {
		info->flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
		info->count = f->is_vf ? 0 : 1;
	} else if (info->index == VFIO_PCI_MSI_IRQ_INDEX) {
		info->count = f->msi ? 1 : 0;
	} else if (info->index == VFIO_PCI_ERR_IRQ_INDEX) {
		info->count = 1;
	}
	return 0;
}

/* The first vector's eventfd is all that these functions ever signal. */
static int answer_set_irqs(struct function *f, struct message *m)
{
	const struct vfio_irq_set *q = (const struct vfio_irq_set *)m->payload;
	int *fd;

	if (m->length < sizeof(*q) || q->index >= N_IRQ_TYPES)
		return -EINVAL;
	if ((q->flags & VFIO_IRQ_SET_ACTION_TRIGGER) && q->start == 0) {
		fd = &f->client.irq_fd[q->index];
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		if ((q->flags & VFIO_IRQ_SET_DATA_EVENTFD) && m->n_fds) {
			*fd = m->fd[0];
			m->fd[0] = -1;
		}
		log_event(f, "irq %u %s", q->index, *fd >= 0 ? "on" : "off");
	}
	m->length = 0;
	return 0;
}

static int answer_read(struct function *f, struct message *m)
{
	struct access *a = (struct access *)m->payload;

	if (m->length < sizeof(*a) || a->count > MAX_TRANSFER)
		return -EINVAL;
	m->length = (uint32_t)sizeof(*a) + a->count;
	return region_read(f, a->region, a->offset, a->data, a->count);
}

static int answer_write(struct function *f, struct message *m)
{
	struct access *a = (struct access *)m->payload;

	if (m->length < sizeof(*a) || a->count > m->length - sizeof(*a))
		return -EINVAL;
	m->length = sizeof(*a);
	return region_write(f, a->region, a->offset, a->data, a->count);
}

static int answer(struct function *f, struct message *m)
{
	switch (m->h.command) {
	case CMD_VERSION:
		return answer_version(m);
	case CMD_DMA_MAP:
		return answer_map(f, m);
	case CMD_DMA_UNMAP:
		return answer_unmap(f, m);
	case CMD_GET_INFO:
		return answer_info(m);
	case CMD_GET_REGION_INFO:
		return answer_region_info(f, m);
	case CMD_GET_IRQ_INFO:
		return answer_irq_info(f, m);
	case CMD_SET_IRQS:
		return answer_set_irqs(f, m);
	case CMD_REGION_READ:
		return answer_read(f, m);
	case CMD_REGION_WRITE:
		return answer_write(f, m);
	case CMD_RESET:
		function_reset(f, "device");
		return 0;
	default:
		log_event(f, "unknown-command %u", m->h.command);
		return -ENOSYS;
	}
}

int message_serve(struct function *f)
{
	static struct message m;
	int r;

	r = receive(f->client.fd, &m);
	if (r == 0)
		r = reply(f->client.fd, &m, answer(f, &m));
	for (unsigned int i = 0; i < m.n_fds; i++)
		if (m.fd[i] >= 0)
			close(m.fd[i]);
	return r;
}
