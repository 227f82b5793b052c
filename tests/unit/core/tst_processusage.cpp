// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include "core/processusage.h"

#include <QFile>
#include <QtTest>

#include <atomic>
#include <thread>

using Infra::Detail::processUsage;

class ProcessUsageTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void threadsDescriptorsAndMemoryAreThoseOfTheProcess();
};

void ProcessUsageTest::threadsDescriptorsAndMemoryAreThoseOfTheProcess()
{
    const auto before = processUsage();
    QVERIFY(before.threads && before.openDescriptors && before.residentBytes);
    QVERIFY(before.processorTime && before.processorTime->count() > 0);
    QFile first(QStringLiteral("/dev/null"));
    QFile second(QStringLiteral("/dev/null"));
    QVERIFY(first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly));
    const QByteArray touched(64 << 20, 'x');
    std::atomic<bool> isEnding{false};
    std::thread other([&isEnding] { isEnding.wait(false); });
    const auto after = processUsage();
    isEnding = true;
    isEnding.notify_all();
    other.join();
    QCOMPARE(*after.openDescriptors, *before.openDescriptors + 2);
    QCOMPARE(*after.threads, *before.threads + 1);
    QVERIFY(*after.residentBytes >= *before.residentBytes + static_cast<std::uint64_t>(touched.size()) / 2);
}

QTEST_GUILESS_MAIN(ProcessUsageTest)
#include "tst_processusage.moc"
