// SPDX-License-Identifier: MIT
#pragma once

#include "threadannotations.h"

#include <QObject>

#include <functional>
#include <vector>

namespace Infra::Detail {

// Thread safety: post() may be called from any thread; everything else belongs to the thread the object
// lives in.
//
// Runs functions on the thread of this object, in order, through its event loop. What is still queued when
// the mailbox is destroyed is dropped. One wake-up carries all functions posted meanwhile.
//
// Used instead of QMetaObject::invokeMethod: the hand-over happens under our own mutex, so
// ThreadSanitizer sees it although Debian's Qt is not instrumented.
class Mailbox : public QObject
{
public:
    explicit Mailbox(QObject *parent = nullptr);
    ~Mailbox() override;

    void post(std::function<void()> function);

    bool event(QEvent *event) override;

private:
    Mutex m_mutex;
    std::vector<std::function<void()>> m_pending INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
