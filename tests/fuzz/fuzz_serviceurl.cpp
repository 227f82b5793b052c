// SPDX-License-Identifier: MIT
#include "client/redirectpolicy.h"
#include "client/serviceurl.h"

#include <cstdlib>

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

} // namespace

// Base URLs, paths, queries and Locations: what is accepted keeps its promises about origin and credentials.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace Infra::Detail;
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const QString text = QString::fromUtf8(input);
    static const QUrl fixed(QStringLiteral("https://service:8443/base"));

    if (const auto base = checkBaseUrl(QUrl(text))) {
        require(base->isValid() && !base->host().isEmpty() && base->userInfo().isEmpty());
        if (const auto url = joinUrl(*base, QStringLiteral("/x"), {}))
            require(originOf(*url) == originOf(*base));
    }
    if (const auto url = joinUrl(fixed, text, {})) {
        require(originOf(*url) == originOf(fixed) && url->path(QUrl::FullyEncoded).startsWith(QLatin1String("/base")));
        const QByteArray encoded = url->toEncoded();
        require(!encoded.contains('\r') && !encoded.contains('\n') && !encoded.contains(' ') && !url->hasQuery());
    }
    if (const auto url = joinUrl(fixed, QStringLiteral("/x"), {{text, text}}))
        require(originOf(*url) == originOf(fixed) && !url->hasFragment());
    if (const auto redirect = redirectOf(302, input, fixed, "GET", true); redirect && *redirect) {
        require((*redirect)->url.scheme() == QLatin1String("https") && (*redirect)->url.userInfo().isEmpty());
        require((*redirect)->crossesOrigin == (originOf((*redirect)->url) != originOf(fixed)));
    }
    return 0;
}
