#include "run/default_seccomp.h"

#include <algorithm>
#include <cerrno>

namespace estiba::run {
namespace {

constexpr std::string_view kAllowed =
    "accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown "
    "chown32 clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
    "clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect "
    "copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
    "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit "
    "exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir "
    "fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr "
    "flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 "
    "fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv "
    "futex_wake futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64 "
    "getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer "
    "getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 "
    "getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid "
    "gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init "
    "inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents "
    "io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill "
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr "
    "link linkat listen listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr "
    "lstat lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir "
    "mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify "
    "mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink "
    "mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at "
    "nanosleep newfstatat _newselect open openat openat2 pause pidfd_open pidfd_send_signal "
    "pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv "
    "preadv2 prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 "
    "pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv "
    "recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat "
    "rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
    "rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min "
    "sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop "
    "semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list "
    "set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
    "setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid "
    "setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid "
    "setuid32 setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd "
    "signalfd4 sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 "
    "statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create "
    "timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
    "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times "
    "tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat "
    "utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev";

// Refused with EPERM whatever the capabilities are.
constexpr std::string_view kRefused =
    "add_key create_module get_kernel_syms io_uring_enter io_uring_register io_uring_setup "
    "kexec_file_load kexec_load keyctl migrate_pages move_pages nfsservctl pivot_root "
    "query_module request_key swapoff swapon _sysctl sysfs uselib userfaultfd ustat vm86 "
    "vm86old";

struct CapabilityRule {
  std::string_view capability;
  std::string_view names;
};
// Allowed to who has the capability, else refused.
constexpr CapabilityRule kByCapability[] = {
    {"CAP_SYS_ADMIN",
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
     "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
     "sethostname setns syslog umount umount2 unshare"},
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    {"CAP_SYS_BOOT", "reboot"},
    {"CAP_SYS_CHROOT", "chroot"},
    {"CAP_SYS_MODULE", "delete_module init_module finit_module"},
    {"CAP_SYS_PACCT", "acct"},
    {"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
    {"CAP_SYS_RAWIO", "iopl ioperm"},
    {"CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"},
    {"CAP_SYS_TTY_CONFIG", "vhangup"},
    {"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    {"CAP_SYSLOG", "syslog"},
    {"CAP_BPF", "bpf"},
    {"CAP_PERFMON", "perf_event_open"}};

#if defined(__x86_64__)
constexpr std::string_view kArchitectures = "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32";
constexpr std::string_view kAllowedHere = "arch_prctl modify_ldt";
#elif defined(__aarch64__)
constexpr std::string_view kArchitectures = "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM";
constexpr std::string_view kAllowedHere =
    "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls";
#elif defined(__riscv)
constexpr std::string_view kArchitectures = "SCMP_ARCH_RISCV64";
constexpr std::string_view kAllowedHere = "riscv_flush_icache riscv_hwprobe";
#elif defined(__powerpc64__)
constexpr std::string_view kArchitectures = "SCMP_ARCH_PPC64LE";
constexpr std::string_view kAllowedHere = "sync_file_range2 swapcontext";
#elif defined(__s390x__)
constexpr std::string_view kArchitectures = "SCMP_ARCH_S390X SCMP_ARCH_S390";
constexpr std::string_view kAllowedHere =
    "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr";
#else
#error "the seccomp profile does not know this processor yet"
#endif

// Where clone() takes its flags.
#if defined(__s390x__)
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif
constexpr std::uint64_t kNamespaceFlags[] = {0x00020000,   // CLONE_NEWNS
                                             0x02000000,   // CLONE_NEWCGROUP
                                             0x04000000,   // CLONE_NEWUTS
                                             0x08000000,   // CLONE_NEWIPC
                                             0x10000000,   // CLONE_NEWUSER
                                             0x20000000,   // CLONE_NEWPID
                                             0x40000000};  // CLONE_NEWNET

constexpr std::uint64_t kVsockFamily = 40;  // AF_VSOCK reaches the hypervisor, past any namespace
// PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26, and the query.
constexpr std::uint64_t kPersonalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

using Compare = SeccompCondition::Compare;

std::vector<std::string_view> list(std::string_view words) {
  std::vector<std::string_view> names;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    names.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return names;
}

void add_all(std::set<std::string_view>& names, std::string_view words) {
  for (const std::string_view name : list(words)) names.insert(name);
}

SeccompRule conditional(std::string_view name, int errno_value, SeccompCondition condition) {
  return {.names = {name}, .errno_value = errno_value, .condition = condition};
}

// A process may be cloned, but not into new namespaces; clone3() hides its flags behind a pointer:
// left to the default, ENOSYS, it sends C libraries back to clone().
void restrict_clone(std::vector<SeccompRule>& rules) {
  std::uint64_t any = 0;
  for (const std::uint64_t flag : kNamespaceFlags) {
    any |= flag;
    rules.push_back(conditional(
        "clone", EPERM,
        {.argument = kCloneFlags, .compare = Compare::kMaskedEqual, .value = flag, .mask = flag}));
  }
  rules.push_back(conditional(
      "clone", 0,
      {.argument = kCloneFlags, .compare = Compare::kMaskedEqual, .value = 0, .mask = any}));
}

void add_conditional_rules(std::vector<SeccompRule>& rules) {
  rules.push_back(conditional("socket", 0, {.compare = Compare::kNotEqual, .value = kVsockFamily}));
  rules.push_back(
      conditional("socket", EPERM, {.compare = Compare::kEqual, .value = kVsockFamily}));
  for (const std::uint64_t personality : kPersonalities) {
    rules.push_back(
        conditional("personality", 0, {.compare = Compare::kEqual, .value = personality}));
  }
}

}  // namespace

SeccompProfile default_seccomp_profile(const std::set<std::string>& capabilities) {
  std::set<std::string_view> allowed;
  add_all(allowed, kAllowed);
  add_all(allowed, kAllowedHere);
  std::set<std::string_view> refused;
  add_all(refused, kRefused);
  for (const CapabilityRule& rule : kByCapability) {
    const bool granted = capabilities.contains(std::string(rule.capability));
    add_all(granted ? allowed : refused, rule.names);
  }
  for (const std::string_view name : allowed) refused.erase(name);
  const bool may_clone_namespaces = allowed.contains("clone");
  if (!may_clone_namespaces) {
    refused.erase("clone");
    refused.erase("clone3");
  }

  SeccompProfile profile;
  profile.default_errno = ENOSYS;
  profile.architectures = list(kArchitectures);
  profile.rules.push_back(
      {.names = {allowed.begin(), allowed.end()}, .errno_value = 0, .condition = {}});
  profile.rules.push_back(
      {.names = {refused.begin(), refused.end()}, .errno_value = EPERM, .condition = {}});
  add_conditional_rules(profile.rules);
  if (!may_clone_namespaces) restrict_clone(profile.rules);
  return profile;
}

bool have_same_seccomp_profile(const std::set<std::string>& one,
                               const std::set<std::string>& other) {
  return std::ranges::all_of(kByCapability, [&](const CapabilityRule& rule) {
    const std::string capability(rule.capability);
    return one.contains(capability) == other.contains(capability);
  });
}

}  // namespace estiba::run
