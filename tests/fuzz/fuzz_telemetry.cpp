// SPDX-License-Identifier: MIT
// Whatever a store returns as frames and events: decoding ends, within bounds, and never crashes. The checksum is put
// right first, or nothing behind it would be reached.
#include <telemetry/bytecodec.h>
#include <telemetry/eventcodec.h>
#include <telemetry/framehistory.h>

#include <cstdint>
#include <cstdlib>

using namespace Infra;
using namespace Infra::Detail;

namespace {

void readEverything(const FrameHistory &history)
{
    if (history.isEmpty())
        return;
    for (const FrameSchema::Component &component : history.schema()->components) {
        for (std::size_t index = 0; index < component.shape->size(); ++index) {
            const auto value = component.firstValue + static_cast<std::uint32_t>(index);
            (void)history.recentRate(value);
            (void)history.recentSamples(value).quantile(0.95);
            MetricSelector selector;
            selector.kind = component.kind;
            selector.metric = (*component.shape)[index].name;
            if (index < 8)
                history.walk(selector, {}, [](const FrameReading &reading) { (void)reading.samples.mean(); });
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    // The input is a list of payloads, each behind two bytes of length.
    FrameHistory history;
    std::int64_t second = 0;
    while (size >= 2) {
        const std::size_t wanted = static_cast<std::size_t>(data[0]) | static_cast<std::size_t>(data[1]) << 8;
        const std::size_t length = std::min(wanted, size - 2);
        const QByteArray content(reinterpret_cast<const char *>(data + 2), static_cast<qsizetype>(length));
        data += 2 + length;
        size -= 2 + length;
        (void)decodeEvent(content);
        // What was understood is what a journal can write again.
        if (const auto event = decodeEvent(sealed(content)); event && !decodeEvent(encodeEvent(*event)))
            std::abort();
        (void)parseFrame(content);
        second += 1000;
        (void)history.append({0, "fuzz", SystemTime(std::chrono::milliseconds(second)), sealed(content)});
    }
    readEverything(history);
    return 0;
}
