// SPDX-License-Identifier: MIT
#include "processusage.h"

#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

// One read for both, as a service pays for it every second (proc(5), /proc/pid/stat).
void readThreadsAndMemory(ProcessUsage &usage) noexcept
{
    constexpr int Threads = 20;
    constexpr int ResidentPages = 24;
    char text[1024];
    if (!readText("/proc/self/stat", text))
        return;
    // The second field is the name in parentheses and may hold anything.
    const char *at = std::strrchr(text, ')');
    for (int field = 3; at != nullptr && field <= ResidentPages; ++field) {
        at = std::strchr(at + 1, ' ');
        if (at != nullptr && field == Threads)
            usage.threads = std::strtoull(at + 1, nullptr, 10);
        else if (at != nullptr && field == ResidentPages)
            usage.residentBytes = std::strtoull(at + 1, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
}

std::optional<std::uint64_t> openDescriptors() noexcept
{
    // Since Linux 6.2 the directory's size is the count; before, it is 0.
    struct stat status = {};
    if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return static_cast<std::uint64_t>(status.st_size);
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
    readThreadsAndMemory(usage);
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
