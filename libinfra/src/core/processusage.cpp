// SPDX-License-Identifier: MIT
#include "processusage.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace Infra::Detail {

namespace {

// Reads a file of /proc into `buffer` and ends it with a zero; false when it cannot.
template<std::size_t Size>
bool readText(const char *path, char (&buffer)[Size]) noexcept
{
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const ssize_t size = ::read(file, buffer, Size - 1);
    ::close(file);
    if (size <= 0)
        return false;
    buffer[size] = '\0';
    return true;
}

std::optional<std::uint64_t> residentBytes() noexcept
{
    char text[256];
    unsigned long long total = 0;
    unsigned long long resident = 0;
    if (!readText("/proc/self/statm", text) || std::sscanf(text, "%llu %llu", &total, &resident) != 2)
        return std::nullopt;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> threadCount() noexcept
{
    char text[1024];
    if (!readText("/proc/self/stat", text))
        return std::nullopt;
    // The second field is the name in parentheses and may hold anything; the thread count is the 20th field.
    const char *at = std::strrchr(text, ')');
    for (int field = 2; at != nullptr && field < 20; ++field)
        at = std::strchr(at + 1, ' ');
    return at != nullptr ? std::optional<std::uint64_t>(std::strtoull(at + 1, nullptr, 10)) : std::nullopt;
}

std::optional<std::uint64_t> openDescriptors() noexcept
{
    DIR *directory = ::opendir("/proc/self/fd");
    if (directory == nullptr)
        return std::nullopt;
    std::uint64_t count = 0;
    while (const dirent *entry = ::readdir(directory))
        count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(directory);
    return count - 1; // Without the directory that was being read.
}

} // namespace

ProcessUsage processUsage() noexcept
{
    ProcessUsage usage;
    rusage resources{};
    if (::getrusage(RUSAGE_SELF, &resources) == 0) {
        usage.processorTime = std::chrono::seconds(resources.ru_utime.tv_sec + resources.ru_stime.tv_sec)
            + std::chrono::microseconds(resources.ru_utime.tv_usec + resources.ru_stime.tv_usec);
    }
    usage.residentBytes = residentBytes();
    usage.threads = threadCount();
    usage.openDescriptors = openDescriptors();
    return usage;
}

std::chrono::nanoseconds threadProcessorTime() noexcept
{
    timespec time{};
    if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0)
        return {};
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void nameThisThread(const char *name) noexcept
{
    ::pthread_setname_np(::pthread_self(), name);
}

} // namespace Infra::Detail
