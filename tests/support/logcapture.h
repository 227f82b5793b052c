// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QtGlobal>

namespace InfraTest {

// Thread safety: text() may be called from any thread; one object at a time.
//
// Takes everything that is logged while it lives, debug messages of all categories included, away from the test's own
// log: for tests of what must never be said there.
class LogCapture
{
public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture &) = delete;
    LogCapture &operator=(const LogCapture &) = delete;

    // "category: message" lines; stays readable after the capture has ended, until the next one begins.
    [[nodiscard]] static QString text();

private:
    QtMessageHandler m_previous = nullptr;
};

} // namespace InfraTest
