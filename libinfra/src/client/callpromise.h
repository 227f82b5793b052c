// SPDX-License-Identifier: MIT
#pragma once

#include <QFuture>
#include <QFutureInterface>

#include <memory>
#include <utility>

namespace Infra::Detail {

// Thread safety: isWanted() and finish() belong to one thread; future() may be used before that.
//
// A promise that knows when nobody waits for it any more: its future was cancelled, or the last copy of it is
// gone. QPromise cannot tell. A continuation holds no copy of the future, so a continuation of our own sits in
// its place: QFuture::then() replaces it, which frees the token that it holds.
template<class T>
class CallPromise : private QFutureInterface<T>
{
    using Base = QFutureInterface<T>;

public:
    CallPromise()
    {
        auto token = std::make_shared<char>();
        m_noContinuation = token;
        Base::setContinuation([token](const QFutureInterfaceBase &) {});
        Base::reportStarted();
    }

    [[nodiscard]] QFuture<T> future() { return Base::future(); }

    [[nodiscard]] bool isWanted() const
    {
        if (Base::isCanceled())
            return false;
        if (m_noContinuation.expired())
            return true;
        // No other reference can come into being once this is the only one.
        const bool hasOthers = Base::derefT();
        Base::refT();
        return hasOthers;
    }

    // A cancelled future finishes without a result.
    void finish(T value)
    {
        Base::reportResult(std::move(value));
        Base::reportFinished();
    }

    // Without a result, and without a call of continuations, which may have nothing else to do than to call again.
    void cancel()
    {
        Base::cancel();
        Base::reportFinished();
    }

private:
    std::weak_ptr<char> m_noContinuation;
};

} // namespace Infra::Detail
