// SPDX-License-Identifier: MIT
#include <infra/healthchecker.h>

#include <cstdlib>

namespace {

int sizeOf(const std::vector<Infra::HealthDependency> &dependencies, int depth)
{
    if (depth > 8)
        std::abort();
    int count = 0;
    for (const Infra::HealthDependency &dependency : dependencies)
        count += 1 + sizeOf(dependency.dependencies, depth + 1);
    return count;
}

} // namespace

// The body of a health answer: never a crash, bounded whatever it says. The first byte picks the status.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr int Statuses[] = {200, 204, 301, 404, 429, 500, 503, 0};
    const QByteArray body(reinterpret_cast<const char *>(data + 1), static_cast<qsizetype>(size - 1));
    const auto result = Infra::HealthChecker::interpret(Statuses[data[0] % 8], "application/json", body);
    if (result.verdict != Infra::HealthVerdict::Up && result.verdict != Infra::HealthVerdict::Degraded
        && result.verdict != Infra::HealthVerdict::Down)
        std::abort();
    if (sizeOf(result.dependencies, 0) > 1000 || result.message.size() > 1000)
        std::abort();
    return 0;
}
