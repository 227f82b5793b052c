// SPDX-License-Identifier: MIT
#include <infra/databaseurl.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

// Whatever the bytes: parse() answers; what it accepts is understood again from its canonical form, and neither the
// redacted form nor an error holds the password.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto url = Infra::DatabaseUrl::parse(text);
    if (!url) {
        if (url.error().kind != Infra::Error::Kind::InvalidArgument || url.error().message.isEmpty())
            std::abort();
        return 0;
    }
    const auto again = Infra::DatabaseUrl::parse(url->canonical());
    // Escaping may make a long URL too long.
    if (!again && url->canonical().size() <= 4096)
        std::abort();
    if (again && (*again != *url || again->canonical() != url->canonical()))
        std::abort();
    const auto shown = Infra::DatabaseUrl::parse(url->redacted());
    if (shown && !url->password().isEmpty() && shown->password() != QStringLiteral("***"))
        std::abort();
    return 0;
}
