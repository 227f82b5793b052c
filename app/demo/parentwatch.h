// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QSocketNotifier>

#include <cstdint>

namespace InfraDemo {

// Makes sure that this process does not outlive the one that started it, however that one ends. Call it first in
// main(): false when the parent is gone already.
[[nodiscard]] bool dieWithParent(std::int64_t parentProcess);

// Thread safety: lives in the main thread.
//
// Reads lines from standard input as they come; its end, when the parent closed it or died, is closed().
class ParentWatch : public QObject
{
    Q_OBJECT

public:
    explicit ParentWatch(QObject *parent = nullptr);
    ~ParentWatch() override;

Q_SIGNALS:
    void lineRead(const QByteArray &line);
    void closed();

private:
    void read();

    QSocketNotifier m_notifier;
    QByteArray m_pending;
};

} // namespace InfraDemo
