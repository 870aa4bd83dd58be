#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gpuclaim's dracut module: binds the configured GPUs to vfio-pci before udevd loads their native
# drivers. Only functions of dracut that 049 to 112 have are used.

gpuclaim_helper=/usr/lib/udev/gpuclaim
gpuclaim_unit=gpuclaim-initramfs.service

# Wanted in every image, with a configuration or without: a generic image (PXE, rescue) takes the
# GPUs from the kernel command line.
check() {
    # A crash kernel has no business with GPUs.
    [[ ${IN_KDUMP-} ]] && return 1
    [[ " ${add_dracutmodules-} ${force_add_dracutmodules-} ${dracutmodules-} " == *" kdump"* ]] \
        && return 1

    require_binaries "$gpuclaim_helper" || return 1
    return 0
}

depends() {
    return 0
}

# Prints the modules that can stand in for vfio_pci on particular devices.
gpuclaim_variants() {
    sed -n 's/^alias vfio_pci:[^ ]* //p' "$1/modules.alias" | sort -u
}

# Prints what the modules and the built-in drivers of a kernel match on the PCI bus. The helper asks
# for names of drivers that stand in for vfio_pci only: the others are left out. So are lines of
# which an earlier one says more; and those that differ in one digit are one.
gpuclaim_aliases() {
    local list
    list=$({
        grep -E '^alias (vfio_)?pci:' "$1/modules.alias"
        tr '\0' '\n' < "$1/modules.builtin.modinfo" \
            | sed -n 's/^[^.=]*\.alias=\(pci:.*\)$/alias \1 -/p'
    } | sed -E '/^alias pci:/ { s/ [^ ]*$/ -/; s/(sv\*sd\*)?bc\*sc\*i\* -$/* -/; }' | LC_ALL=C sort -u) || return
    [ -n "$list" ] || return
    list=$(printf '%s\n' "$list" \
        | LC_ALL=C sed -E ':a
            $!N
            s/^(alias pci:.*)\* -\n\1.*/\1* -/; ta
            P
            D') || return
    printf '%s\n' "$list" \
        | LC_ALL=C sed -E ':a
            $!N
            s/^(alias pci:[^[]*)([0-9A-F])([^[]*)\n\1([0-9A-F])\3$/\1[\2\4]\3/; ta
            s/^(alias pci:[^[]*)\[([0-9A-F]*)](.*)\n\1([0-9A-F])\3$/\1[\2\4]\3/; ta
            P
            D'
}

# Called by dracut.
installkernel() {
    local _kerneldir=${srcmods:-"${dracutsysrootdir-}/lib/modules/${kernel:?}"}
    local -a _modules=(vfio vfio_pci vfio_iommu_type1 vfio_virqfd)

    if [[ -r $_kerneldir/modules.alias ]]; then
        mapfile -t -O "${#_modules[@]}" _modules < <(gpuclaim_variants "$_kerneldir")
    fi

    # The image's own modules.alias knows only the modules packed, but whether an IOMMU group can
    # be given away depends on all that may load later. Kernels before 5.2 don't tell what their
    # built-in drivers match: half an answer would pass for a whole one.
    if [[ -r $_kerneldir/modules.alias && -r $_kerneldir/modules.builtin.modinfo ]]; then
        local _packed=${initdir:?}/usr/lib/gpuclaim/modules.pci
        mkdir -p "${_packed%/*}"
        if ! gpuclaim_aliases "$_kerneldir" > "$_packed" || [[ ! -s $_packed ]]; then
            rm -f "$_packed"
        fi
    fi

    # In a host-only build dracut would leave out what is not loaded right now.
    hostonly='' instmods "${_modules[@]}"
}

# Copies the configuration files below a folder; further arguments are inst_multiple's.
gpuclaim_config() {
    local _root=${dracutsysrootdir-} _folder=$1 _file _target
    shift

    for _file in "$_root$_folder/gpuclaim.conf" "$_root$_folder"/gpuclaim.conf.d/*.conf; do
        _target=${_file#"$_root"}
        if [[ -f $_file ]]; then
            inst_multiple "$@" "$_target"
        elif [[ -L $_file ]]; then
            # A mask (/dev/null), or dangling: an error that the helper has to see too.
            mkdir -p "$initdir${_target%/*}"
            ln -sfn "$(readlink "$_file")" "$initdir$_target"
        fi
    done
}

gpuclaim_early_unit() {
    local _wants=$initdir${systemdsystemunitdir:?}/sysinit.target.wants

    inst_simple "$systemdsystemunitdir/$gpuclaim_unit"
    mkdir -p "$_wants"
    ln -sfn "../$gpuclaim_unit" "$_wants/$gpuclaim_unit"
}

# Called by dracut.
install() {
    inst_binary "$gpuclaim_helper"
    # The helper opens it to load a module, which no list of what it links tells.
    inst_libdir_file "libkmod.so.2*" ||
        dwarn "gpuclaim: no libkmod.so.2: the image can load no module for it"
    inst_rules 70-gpuclaim.rules

    # The folder below /run is not for an image: what is there ends with this boot. The files of
    # this host are marked (-H), so that rd.hostonly=0 drops them.
    gpuclaim_config /usr/lib/gpuclaim
    gpuclaim_config /etc/gpuclaim -H

    if dracut_module_included systemd; then
        # Run by a service that runs in any case: dracut-pre-udev.service would be started for it alone.
        inst_hook cmdline 99 "${moddir:?}/gpuclaim.sh"
        gpuclaim_early_unit
    else
        # There rd.driver.pre loads its modules in the hook cmdline 01.
        inst_hook cmdline 00 "${moddir:?}/gpuclaim.sh"
        inst_hook pre-udev 05 "$moddir/gpuclaim.sh"
    fi
}
