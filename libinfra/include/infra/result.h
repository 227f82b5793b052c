// SPDX-License-Identifier: MIT
#pragma once

#include <infra/error.h>

#include <tl/expected.hpp>

#include <utility>

namespace Infra {

// A value or a typed Error. No exception crosses this library's API.
//
//     if (auto value = cache.get("user:7"); value)
//         use(*value);
//     else
//         report(value.error().message);
template<class T>
using Result = tl::expected<T, Error>;

// For `return failure(Error::Kind::Timeout, message);` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> failure(Error::Kind kind, QString message, QString nativeCode = {})
{
    return tl::unexpected<Error>(Error{kind, std::move(message), std::move(nativeCode)});
}

// For passing an error on, or one that was built before.
[[nodiscard]] inline tl::unexpected<Error> failure(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

} // namespace Infra
