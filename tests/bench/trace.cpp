// SPDX-License-Identifier: MIT
#include "trace.h"

#include <QFile>

#include <zlib.h>

#include <array>
#include <charconv>
#include <memory>
#include <string_view>

namespace InfraTest {

namespace {

// Takes an integer off the front of `line`, with the blanks before it. A negative one is a key like any other.
std::optional<std::uint64_t> takeInteger(std::string_view *line)
{
    const std::size_t begin = line->find_first_not_of(" \t,");
    if (begin == std::string_view::npos)
        return {};
    std::int64_t value = 0;
    const char *const first = line->data() + begin;
    const char *const last = line->data() + line->size();
    std::uint64_t large = 0;
    auto [end, error] = std::from_chars(first, last, value);
    if (error == std::errc::result_out_of_range) {
        const auto unsignedResult = std::from_chars(first, last, large);
        end = unsignedResult.ptr;
        error = unsignedResult.ec;
    } else {
        large = static_cast<std::uint64_t>(value);
    }
    if (error != std::errc() || (end != last && std::string_view(" \t,\r").find(*end) == std::string_view::npos))
        return {};
    line->remove_prefix(static_cast<std::size_t>(end - line->data()));
    return large;
}

} // namespace

std::optional<std::vector<std::uint64_t>> readTrace(const QString &path, TraceFormat format)
{
    // gzopen reads plain files as they are.
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(QFile::encodeName(path).constData(), "rb"), &gzclose);
    if (!file)
        return {};
    constexpr std::uint64_t LongestRange = 1'000'000;
    std::vector<std::uint64_t> requests;
    std::array<char, 512> buffer{};
    while (gzgets(file.get(), buffer.data(), static_cast<int>(buffer.size()))) {
        std::string_view line(buffer.data());
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
            line.remove_suffix(1);
        const std::optional<std::uint64_t> key = takeInteger(&line);
        if (!key)
            continue;
        std::uint64_t count = 1;
        if (format == TraceFormat::Ranges) {
            const std::optional<std::uint64_t> given = takeInteger(&line);
            if (!given || *given > LongestRange)
                continue;
            count = *given;
        }
        for (std::uint64_t i = 0; i < count; ++i)
            requests.push_back(*key + i);
    }
    int error = Z_OK;
    gzerror(file.get(), &error);
    if (error != Z_OK)
        return {};
    return requests;
}

} // namespace InfraTest
