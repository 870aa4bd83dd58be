# SPDX-License-Identifier: GPL-2.0-or-later
# A virtual machine's whole system in one boot sector: says on its first serial port what is on its
# PCI buses, and halts. A line for each function, for a display controller with the first word of
# its first memory region:
#
#	PCI 00:1f.2 8086:2922
#	PCI 01:00.0 10de:1c81 BAR0=137000a1
#	PCI end
#
# It takes no time where the processor is emulated by one that is emulated itself, and nothing else
# could tell so shortly that the machine has the device and reaches its memory.

	.code16
	.globl _start

	.set	CONFIG_ADDRESS, 0xcf8
	.set	CONFIG_DATA, 0xcfc
	.set	COM1, 0x3f8
	.set	LINE_STATUS, 5
	.set	CAN_SEND, 0x20
	.set	BEHIND_LAST, 0x81000000	# bus 256

_start:
	ljmp	$0, $1f
1:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x7c00, %sp
	cli
	cld

	# FS reaches all of 4 GiB from here on.
	lgdt	table
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	mov	$8, %cx
	mov	%cx, %fs
	and	$0xfe, %al
	mov	%eax, %cr0

	# EBX: the function, as CONFIG_ADDRESS wants it.
	mov	$0x80000000, %ebx
function:
	xor	%cl, %cl
	call	read
	cmp	$0xffff, %ax
	je	absent
	call	tell
	jmp	next
absent:
	test	$7, %bh
	jnz	next
	add	$0x700, %ebx	# nor are there functions 1 to 7
next:
	add	$0x100, %ebx
	cmp	$BEHIND_LAST, %ebx
	jb	function
	mov	$end, %si
	call	print
halt:
	hlt
	jmp	halt

# Tells of the function EBX, whose IDs are in EAX.
tell:
	mov	%eax, %ebp
	mov	$begin, %si
	call	print
	mov	%ebx, %edx
	shl	$8, %edx
	mov	$2, %cl
	call	hex
	mov	$':', %al
	call	send
	mov	%ebx, %edx
	shl	$16, %edx
	shr	$3, %edx
	mov	$2, %cl
	call	hex
	mov	$'.', %al
	call	send
	mov	%ebx, %edx
	and	$0x700, %edx
	shl	$20, %edx
	mov	$1, %cl
	call	hex
	mov	$' ', %al
	call	send
	mov	%ebp, %edx
	shl	$16, %edx
	mov	$4, %cl
	call	hex
	mov	$':', %al
	call	send
	mov	%ebp, %edx
	mov	$4, %cl
	call	hex
	call	memory
	mov	$line, %si
	jmp	print

# Tells the first word of region 0, if the function EBX is a display controller and has it in memory.
memory:
	mov	$0x08, %cl
	call	read
	shr	$24, %eax
	cmp	$3, %al
	jne	1f
	mov	$0x10, %cl
	call	read
	test	$1, %al
	jnz	1f
	and	$0xfffffff0, %eax
	jz	1f
	mov	%fs:(%eax), %ebp
	mov	$region, %si
	call	print
	mov	%ebp, %edx
	mov	$8, %cl
	jmp	hex
1:	ret

# EAX: what the function EBX has at CL in its configuration space.
read:
	mov	%ebx, %eax
	mov	%cl, %al
	mov	$CONFIG_ADDRESS, %dx
	out	%eax, %dx
	mov	$CONFIG_DATA, %dx
	in	%dx, %eax
	ret

# Prints the CL topmost digits of EDX.
hex:
	rol	$4, %edx
	mov	%dl, %al
	and	$15, %al
	cmp	$10, %al
	jb	1f
	add	$'a' - '0' - 10, %al
1:	add	$'0', %al
	call	send
	dec	%cl
	jnz	hex
	ret

# Prints the text at SI.
print:
	lodsb
	test	%al, %al
	jz	1f
	call	send
	jmp	print
1:	ret

# Sends the character AL.
send:
	push	%dx
	push	%ax
	mov	$COM1 + LINE_STATUS, %dx
1:	in	%dx, %al
	test	$CAN_SEND, %al
	jz	1b
	pop	%ax
	mov	$COM1, %dx
	out	%al, %dx
	pop	%dx
	ret

begin:	.asciz	"PCI "
region:	.asciz	" BAR0="
end:	.ascii	"PCI end"
line:	.asciz	"\r\n"

	.balign	8
flat:	.quad	0, 0x00cf92000000ffff
table:	.word	. - flat - 1
	.long	flat

	# A partition, for what takes a disk without one for none.
	.org	446
	.byte	0x80, 0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff
	.long	1, 2047
	.org	510
	.word	0xaa55
