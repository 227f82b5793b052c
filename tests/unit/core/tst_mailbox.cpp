// SPDX-License-Identifier: MIT
#include "core/mailbox.h"
#include "failonwarning.h"

#include <QThread>
#include <QtTest>

#include <future>

using Infra::Detail::Mailbox;

class MailboxTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void functionsRunInOrderOnTheMailboxThread();
    void whatIsQueuedAtDestructionIsDropped();
};

void MailboxTest::functionsRunInOrderOnTheMailboxThread()
{
    QThread thread;
    auto *mailbox = new Mailbox;
    mailbox->moveToThread(&thread);
    connect(&thread, &QThread::finished, mailbox, &QObject::deleteLater);
    thread.start();
    std::vector<int> order;
    std::promise<bool> done;
    for (int i = 0; i < 1000; ++i)
        mailbox->post([&order, i] { order.push_back(i); });
    mailbox->post([&] { done.set_value(QThread::currentThread() == &thread); });
    QVERIFY(done.get_future().get());
    thread.quit();
    thread.wait();
    QCOMPARE(order.size(), 1000U);
    QVERIFY(std::is_sorted(order.begin(), order.end()));
}

void MailboxTest::whatIsQueuedAtDestructionIsDropped()
{
    bool ran = false;
    {
        Mailbox mailbox;
        mailbox.post([&] { ran = true; });
    }
    QCoreApplication::processEvents();
    QVERIFY(!ran);
}

QTEST_GUILESS_MAIN(MailboxTest)
#include "tst_mailbox.moc"
