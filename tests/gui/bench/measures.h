// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

#include <chrono>

namespace InfraBench {

// What is measured with.
struct Scale
{
    int rows = 1'000'000;
    int instances = 200;
    std::chrono::seconds history{900}; // Of telemetry that was published before.
    // Whether it works is what matters, not the figure.
    bool isQuick = false;

    [[nodiscard]] std::chrono::milliseconds of(std::chrono::milliseconds duration) const { return isQuick ? duration / 8 : duration; }
};

struct Measure
{
    const char *name;
    const char *what;
    int (*run)(const Scale &scale);
};

// Each adds to figures() and returns 0, or 1 when a guarantee was broken. A missed bar is none.
int measureStart(const Scale &scale);
int measureBlocks(const Scale &scale);
int measureFleet(const Scale &scale);
int measureDay(const Scale &scale);
int measurePublishing(const Scale &scale);
int measurePreview(const Scale &scale);
int measureQuit(const Scale &scale);

// What measureStart() starts as another process: the console as main() would, until live data is painted.
int showStart(const QString &url);

} // namespace InfraBench
