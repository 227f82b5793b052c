// SPDX-License-Identifier: MIT
#include "mailbox.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPointer>

#include <utility>

namespace Infra::Detail {

namespace {

QEvent::Type wakeUpType()
{
    static const int type = QEvent::registerEventType();
    return static_cast<QEvent::Type>(type);
}

} // namespace

Mailbox::Mailbox(QObject *parent) : QObject(parent) {}

Mailbox::~Mailbox() = default;

void Mailbox::post(std::function<void()> function)
{
    bool wake = false;
    {
        const MutexLocker locker(m_mutex);
        wake = m_pending.empty();
        m_pending.push_back(std::move(function));
    }
    if (wake)
        QCoreApplication::postEvent(this, new QEvent(wakeUpType()));
}

bool Mailbox::event(QEvent *event)
{
    if (event->type() != wakeUpType())
        return QObject::event(event);
    std::vector<std::function<void()>> batch;
    {
        const MutexLocker locker(m_mutex);
        batch.swap(m_pending);
    }
    // A function may delete this object.
    const QPointer<Mailbox> self(this);
    for (const std::function<void()> &function : batch) {
        if (!self)
            break;
        function();
    }
    return true;
}

} // namespace Infra::Detail
