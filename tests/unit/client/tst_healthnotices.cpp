// SPDX-License-Identifier: MIT
#include "client/healthnotices.h"
#include "failonwarning.h"

#include <QtTest>

using namespace Infra;
using Infra::Detail::HealthNotices;

namespace {

// Numbered by its count of checks.
HealthNotices::Notice notice(const char *service, int number, bool changed)
{
    HealthNotices::Notice notice;
    notice.health.service = QString::fromLatin1(service);
    notice.health.checks = static_cast<std::uint64_t>(number);
    notice.checked = true;
    notice.changed = changed;
    return notice;
}

HealthNotices::Notice removal(const char *service)
{
    HealthNotices::Notice notice;
    notice.health.service = QString::fromLatin1(service);
    notice.removed = true;
    return notice;
}

std::vector<int> numbersOf(HealthNotices &notices)
{
    std::vector<int> numbers;
    while (const auto next = notices.take())
        numbers.push_back(static_cast<int>(next->health.checks));
    return numbers;
}

} // namespace

// What waits for a thread that may never listen.
class HealthNoticesTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void noticesComeInTheirOrder();
    void theOldestChecksMakeWay();
    void changesAreKeptBeforeChecks();
    void changesAreBoundedToo();
    void eachServiceHasItsOwnLimit();
    void removalsAreKept();
};

void HealthNoticesTest::noticesComeInTheirOrder()
{
    HealthNotices notices;
    QVERIFY(!notices.take());
    for (int i = 0; i < 5; ++i)
        notices.add(notice(i % 2 == 0 ? "a" : "b", i, i == 3));
    QCOMPARE(notices.count(), 5U);
    QCOMPARE(numbersOf(notices), (std::vector{0, 1, 2, 3, 4}));
    QCOMPARE(notices.count(), 0U);
}

void HealthNoticesTest::theOldestChecksMakeWay()
{
    HealthNotices notices;
    for (int i = 0; i < 1000; ++i)
        notices.add(notice("a", i, false));
    const auto numbers = numbersOf(notices);
    QCOMPARE(numbers.size(), HealthNotices::Limit);
    QCOMPARE(numbers.front(), 1000 - static_cast<int>(HealthNotices::Limit));
    QCOMPARE(numbers.back(), 999);
}

void HealthNoticesTest::changesAreKeptBeforeChecks()
{
    HealthNotices notices;
    for (int i = 0; i < 1000; ++i)
        notices.add(notice("a", i, i == 0 || i == 500));
    const auto numbers = numbersOf(notices);
    QCOMPARE(numbers.size(), HealthNotices::Limit);
    QCOMPARE(numbers[0], 0);
    QCOMPARE(numbers[1], 500);
    QCOMPARE(numbers.back(), 999);
}

void HealthNoticesTest::changesAreBoundedToo()
{
    HealthNotices notices;
    for (int i = 0; i < 1000; ++i)
        notices.add(notice("a", i, true));
    // The newest is how things are, a change or not.
    notices.add(notice("a", 1000, false));
    const auto numbers = numbersOf(notices);
    QCOMPARE(numbers.size(), HealthNotices::Limit);
    QCOMPARE(numbers.back(), 1000);
    QCOMPARE(numbers[numbers.size() - 2], 999);
}

void HealthNoticesTest::eachServiceHasItsOwnLimit()
{
    HealthNotices notices;
    notices.add(notice("quiet", -1, false));
    for (int i = 0; i < 100; ++i)
        notices.add(notice("loud", i, false));
    const auto numbers = numbersOf(notices);
    QCOMPARE(numbers.size(), HealthNotices::Limit + 1);
    QCOMPARE(numbers.front(), -1);
}

void HealthNoticesTest::removalsAreKept()
{
    HealthNotices notices;
    notices.add(removal("a"));
    for (int i = 0; i < 100; ++i)
        notices.add(notice("a", i, false));
    notices.add(removal("a"));
    QCOMPARE(notices.count(), HealthNotices::Limit + 2);
    QVERIFY(notices.take()->removed);
    for (std::size_t i = 0; i < HealthNotices::Limit; ++i)
        QVERIFY(!notices.take()->removed);
    QVERIFY(notices.take()->removed);
}

QTEST_GUILESS_MAIN(HealthNoticesTest)
#include "tst_healthnotices.moc"
