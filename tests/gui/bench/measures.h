// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

namespace InfraBench {

struct Measure
{
    const char *name;
    const char *what;
    int (*run)(int rows);
};

// Each prints its figures and returns 0, or 1 when a bar was missed.
int measureStart(int rows);
int measureBlocks(int rows);
int measureFleet(int rows);
int measureDay(int rows);
int measurePublishing(int rows);
int measurePreview(int rows);
int measureQuit(int rows);

// What measureStart() starts as another process: the console as main() would, until live data is painted.
int showStart(const QString &url);

} // namespace InfraBench
