// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFutureWatcher>

#include <utility>

namespace InfraConsole {

// Calls `continuation(result)` in `owner`'s thread once `future` has a result; never when it was cancelled or when
// `owner` has gone by then. QFuture::then() with a context does not check that the context still lives (Qt 6.4).
template<class T, class Continuation>
void whenFinished(QObject *owner, const QFuture<T> &future, Continuation continuation)
{
    auto *const watcher = new QFutureWatcher<T>(owner);
    QObject::connect(watcher, &QFutureWatcherBase::finished, owner, [watcher, continuation = std::move(continuation)]() mutable {
        watcher->deleteLater();
        if (watcher->future().resultCount() > 0)
            continuation(watcher->result());
    });
    watcher->setFuture(future);
}

} // namespace InfraConsole
