// SPDX-License-Identifier: MIT
#include <infra/target.h>

#include <utility>

namespace Infra {

Target::Target(Kind kind, QByteArray text, QByteArrayList keys)
    : m_kind(kind), m_text(std::move(text)), m_keys(std::move(keys))
{
}

Target Target::key(QByteArray key)
{
    QByteArrayList keys{key};
    return Target(Kind::Key, std::move(key), std::move(keys));
}

Target Target::keys(QByteArrayList keys)
{
    return Target(Kind::Keys, {}, std::move(keys));
}

Target Target::prefix(QByteArray prefix)
{
    return Target(Kind::Prefix, std::move(prefix));
}

Target Target::glob(QByteArray pattern)
{
    return Target(Kind::Glob, std::move(pattern));
}

Target Target::tag(QByteArray tag)
{
    return Target(Kind::Tag, std::move(tag));
}

Target Target::expired()
{
    return Target(Kind::Expired);
}

Target Target::region()
{
    return Target(Kind::Region);
}

Target Target::everything()
{
    return Target(Kind::Everything);
}

} // namespace Infra
