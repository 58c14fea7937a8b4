/** Groups of options of virt-install, of which each guest of the test takes some. */
const groups = {
  os: ['debian11', 'ubuntu22.04', 'rocky9', 'win10', 'fedora37', 'alpinelinux3.17', 'generic'].map(
    (name) => `--osinfo ${name}`,
  ),
  boot: [
    '--boot uefi',
    '--boot hd,network,menu=on',
    '--boot firmware=efi,firmware.feature0.name=secure-boot,firmware.feature0.enabled=no',
    '--boot kernel=/boot/vmlinuz,initrd=/boot/initrd,kernel_args="console=ttyS0 root=/dev/vda"',
    '--boot cdrom,hd,useserial=on',
    '--boot bios.useserial=yes',
  ],
  machine: ['--machine pc', '--machine q35', '--arch x86_64 --machine pc-q35-6.0', '--arch i686'],
  vcpus: [
    '--vcpus 2',
    '--vcpus 2,maxvcpus=6',
    '--vcpus 8,sockets=2,cores=2,threads=2',
    '--vcpus 4,cpuset=0-1',
    '--vcpus vcpus=1,vcpu.placement=auto',
  ],
  memory: [
    '--memory 512',
    '--memory memory=256,maxmemory=1024',
    '--memory 1024 --memorybacking hugepages=on',
    '--memory 777 --memtune hard_limit=2097152,soft_limit=1048576',
    '--memory memory=1024,hotplugmemorymax=4096,hotplugmemoryslots=4 --cpu cell0.cpus=0,cell0.memory=1048576',
  ],
  cpu: [
    '--cpu qemu64',
    '--cpu host-model',
    '--cpu host-passthrough',
    '--cpu EPYC,+aes,-x2apic',
    '--cpu mode=maximum',
    '--cpu model=Nehalem,match=minimum,disable=vme,require=ssse3',
  ],
  disk: [
    '--disk none',
    '--disk path=/var/lib/libvirt/images/vi.img,format=raw',
    '--disk path=/var/lib/libvirt/images/vi.img,bus=sata,cache=none,discard=unmap,io=native,format=raw',
    '--disk path=/var/lib/libvirt/images/vi.img,bus=scsi,serial=ABC,readonly=on --controller type=scsi,model=virtio-scsi',
    '--disk path=/var/lib/libvirt/images/vi.img,boot.order=2 --disk path=/var/lib/libvirt/images/vi2.img,format=qcow2,boot.order=1',
    '--disk path=/var/lib/libvirt/images/vi.img --disk device=cdrom,bus=sata --disk device=floppy',
    '--disk path=/var/lib/libvirt/images/vi.img,bus=virtio,driver.iothread=1,shareable=on --iothreads 2',
    '--disk path=/dev/null,device=disk,bus=virtio,iotune.total_bytes_sec=1000000',
    '--disk source.protocol=nbd,source.name=export,source.host0.name=storage.lan,source.host0.port=10809,bus=virtio,format=raw',
    '--disk path=/var/lib/libvirt/images/vi.img,bus=usb,removable=on --disk path=/var/lib/libvirt/images/vi2.img,bus=ide --machine pc',
  ],
  network: [
    '--network none',
    '--network network=default',
    '--network bridge=br0,model=e1000,mac=52:54:00:AA:00:01',
    '--network type=direct,source=eth0,source.mode=bridge,model=virtio',
    '--network network=default,virtualport_type=openvswitch --network bridge=br1,mtu.size=9000,link.state=down',
    '--network user,model=rtl8139',
    '--network bridge=br0,portgroup=lan,boot.order=1,driver.name=vhost,driver.queues=2',
    '--network network=default,filterref.filter=clean-traffic,trustGuestRxFilters=yes',
  ],
  graphics: [
    '--graphics none',
    '--graphics vnc,listen=0.0.0.0,port=5930',
    '--graphics spice,password=secret12',
    '--graphics spice --graphics vnc --video qxl',
    '--graphics vnc,listen=socket --video virtio,accel3d=no',
    '--graphics egl-headless --video none',
    '--graphics sdl',
  ],
  devices: [
    '--tpm emulator --watchdog i6300esb,action=poweroff',
    '--watchdog ib700,action=reset --machine pc',
    '--rng /dev/random,model=virtio --memballoon none',
    '--filesystem /srv,srv --filesystem /home,home,accessmode=mapped,readonly=yes',
    '--filesystem source.dir=/srv,target.dir=srv,driver.type=virtiofs --memorybacking access.mode=shared,source.type=memfd',
    '--xml ./devices/hostdev/@mode=subsystem --xml ./devices/hostdev/@type=usb --xml ./devices/hostdev/source/vendor/@id=0x1d6b --xml ./devices/hostdev/source/product/@id=0x0002 --serial file,path=/tmp/serial.log',
    '--xml ./devices/hostdev/@mode=subsystem --xml ./devices/hostdev/@type=pci --xml ./devices/hostdev/source/address/@bus=0 --xml ./devices/hostdev/source/address/@slot=0x1f --xml ./devices/hostdev/source/address/@function=2',
    '--sound ich9 --input tablet,bus=usb --redirdev usb,type=tcp,source.host=localhost,source.service=4000',
    '--channel unix,target.type=virtio,target.name=org.qemu.guest_agent.0 --console pty,target.type=virtio',
    '--controller usb,model=nec-xhci --panic default --vsock cid.auto=yes --shmem name=shm,model.type=ivshmem-plain,size=4,size.unit=M',
    '--serial tcp,host=127.0.0.1:4555,mode=bind,protocol=telnet --parallel file,path=/tmp/parallel.log',
  ],
  rest: [
    '--autostart --metadata title=Title,description="A guest"',
    '--cputune shares=300,global_quota=50000,global_period=100000 --blkiotune weight=300',
    '--clock offset=localtime,rtc_tickpolicy=catchup --events on_crash=preserve,on_reboot=destroy',
    '--features kvm.hidden.state=on,hyperv.relaxed.state=on --pm suspend_to_mem.enabled=on',
    '--security type=none --resource partition=/machine --numatune 0,mode=preferred',
    '--sysinfo bios.vendor=Acme,system.manufacturer=Acme --qemu-commandline="-display none"',
    '--seclabel type=none',
  ],
} as const

const COMBINATIONS = 72

/** Each option is in some combination; the steps have no common factor with the sizes of the groups. */
export const combinations: readonly (readonly string[])[] = Array.from({ length: COMBINATIONS }, (_, index) =>
  Object.values(groups).map(
    (options, group) =>
      options[(index * (group % 3 === 0 ? 1 : 2) + Math.floor(index / options.length) + group) % options.length]!,
  ),
)
