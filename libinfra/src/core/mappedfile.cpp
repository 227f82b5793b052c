// SPDX-License-Identifier: MIT
#include "mappedfile.h"

#include "filelock.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace Infra::Detail {

namespace {

// Read by the signal handler, so nothing here allocates or locks.
struct Range
{
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};
    std::atomic<bool> isTaken{false};
    std::atomic<bool> isLost{false};
};

constexpr int RangeCount = 1024;
std::array<Range, RangeCount> s_ranges;
struct sigaction s_previous;
std::size_t s_pageSize = 4096;

bool replacePage(std::uintptr_t address) noexcept
{
    for (Range &range : s_ranges) {
        const std::uintptr_t begin = range.begin.load(std::memory_order_acquire);
        if (begin == 0 || address < begin || address >= range.end.load(std::memory_order_acquire))
            continue;
        const std::uintptr_t page = address & ~(s_pageSize - 1);
        void *target = reinterpret_cast<void *>(page);
        if (::mmap(target, s_pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != target)
            return false;
        std::memset(target, 0xff, s_pageSize);
        range.isLost.store(true, std::memory_order_release);
        return true;
    }
    return false;
}

void handleBusError(int signal, siginfo_t *information, void *context)
{
    const int savedErrno = errno;
    const bool handled = replacePage(reinterpret_cast<std::uintptr_t>(information->si_addr));
    errno = savedErrno;
    if (handled)
        return;
    if ((s_previous.sa_flags & SA_SIGINFO) != 0 && s_previous.sa_sigaction) {
        s_previous.sa_sigaction(signal, information, context);
    } else if (s_previous.sa_handler != SIG_DFL && s_previous.sa_handler != SIG_IGN) {
        s_previous.sa_handler(signal);
    } else {
        // The faulting instruction runs again and ends the process the way it would have without us.
        struct sigaction standard = {};
        standard.sa_handler = SIG_DFL;
        ::sigaction(SIGBUS, &standard, nullptr);
    }
}

void installHandler()
{
    static std::once_flag once;
    std::call_once(once, [] {
        s_pageSize = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        struct sigaction action = {};
        action.sa_sigaction = &handleBusError;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(SIGBUS, &action, &s_previous);
    });
}

// A file of ones that all retired mappings share; -1 when it cannot be made.
int fileOfOnes(std::size_t bytes)
{
    static std::mutex mutex;
    static int descriptor = -1;
    static std::size_t size = 0;
    const std::lock_guard<std::mutex> lock(mutex);
    if (descriptor < 0)
        descriptor = ::memfd_create("infra-retired", MFD_CLOEXEC);
    std::array<char, 4096> ones;
    ones.fill('\xff');
    while (descriptor >= 0 && size < bytes) {
        if (::pwrite(descriptor, ones.data(), ones.size(), static_cast<off_t>(size)) != static_cast<ssize_t>(ones.size()))
            return -1;
        size += ones.size();
    }
    return descriptor;
}

} // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::map(int descriptor, std::size_t bytes)
{
    installHandler();
    int slot = -1;
    for (int i = 0; i < RangeCount && slot < 0; ++i) {
        if (!s_ranges[static_cast<std::size_t>(i)].isTaken.exchange(true, std::memory_order_acq_rel))
            slot = i;
    }
    if (slot < 0)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("more than %1 mapped files in one process").arg(RangeCount));
    Range &range = s_ranges[static_cast<std::size_t>(slot)];
    void *address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) {
        const int number = errno;
        range.isTaken.store(false, std::memory_order_release);
        return failure(errorFromErrno(number, QStringLiteral("mapping a file")));
    }
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    range.isLost.store(false, std::memory_order_relaxed);
    range.end.store(begin + bytes, std::memory_order_release);
    range.begin.store(begin, std::memory_order_release);
    return std::unique_ptr<MappedFile>(new MappedFile(static_cast<std::byte *>(address), bytes, slot));
}

MappedFile::~MappedFile()
{
    Range &range = s_ranges[static_cast<std::size_t>(m_slot)];
    range.begin.store(0, std::memory_order_release);
    range.end.store(0, std::memory_order_release);
    ::munmap(m_data, m_bytes);
    range.isTaken.store(false, std::memory_order_release);
}

bool MappedFile::isLost() const noexcept
{
    return s_ranges[static_cast<std::size_t>(m_slot)].isLost.load(std::memory_order_acquire);
}

void MappedFile::retire() noexcept
{
    s_ranges[static_cast<std::size_t>(m_slot)].isLost.store(true, std::memory_order_release);
    const int ones = fileOfOnes(m_bytes);
    void *mapped = MAP_FAILED;
    if (ones >= 0)
        mapped = ::mmap(m_data, m_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, ones, 0);
    if (mapped == MAP_FAILED) {
        mapped = ::mmap(m_data, m_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (mapped != MAP_FAILED)
            std::memset(mapped, 0xff, m_bytes);
    }
}

} // namespace Infra::Detail
