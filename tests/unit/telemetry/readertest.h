// SPDX-License-Identifier: MIT
#pragma once

#include "failonwarning.h"
#include "memorychannel.h"
#include "writtenprocess.h"

#include <infra/manualclock.h>
#include <infra/telemetryreader.h>

#include <QtTest>

namespace InfraTest {

// A reader of what a test writes, by a clock that moves when the test says.
class ReaderTest : public FailOnWarning
{
protected:
    // For init().
    void makeReader()
    {
        clock = std::make_unique<Infra::ManualClock>();
        channel = std::make_shared<MemoryChannel>();
        reader = std::make_unique<Infra::TelemetryReader>(channel, Infra::ReaderOptions{}, *clock);
    }
    // One second passes for everybody.
    void second() { clock->advance(std::chrono::seconds(1)); }
    [[nodiscard]] static std::vector<std::optional<double>> numbers(const Infra::Series &series)
    {
        std::vector<std::optional<double>> result;
        for (const Infra::SeriesPoint &point : series)
            result.push_back(point.value);
        return result;
    }

    std::unique_ptr<Infra::ManualClock> clock;
    std::shared_ptr<MemoryChannel> channel;
    std::unique_ptr<Infra::TelemetryReader> reader;
};

} // namespace InfraTest
