// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace InfraFuzz {

inline void require(bool condition)
{
    if (!condition)
        std::abort();
}

// Thread safety: none; one per input.
//
// Takes numbers and byte strings off the front of an input. Past its end they are zero, or short.
class Input
{
public:
    Input(const std::uint8_t *data, std::size_t size) : m_at(data), m_left(size) {}

    [[nodiscard]] bool isEmpty() const noexcept { return m_left == 0; }
    template<class Number>
    Number number() noexcept
    {
        Number value{};
        const std::size_t size = std::min(sizeof(Number), m_left);
        if (size > 0)
            std::memcpy(&value, m_at, size);
        skip(size);
        return value;
    }
    std::uint8_t byte() noexcept { return number<std::uint8_t>(); }
    QByteArray bytes(std::size_t wanted)
    {
        const std::size_t size = std::min(wanted, m_left);
        QByteArray taken(reinterpret_cast<const char *>(m_at), static_cast<qsizetype>(size));
        skip(size);
        return taken;
    }
    // Behind a byte that says how many.
    QByteArray shortBytes()
    {
        const std::size_t size = byte();
        return bytes(size);
    }
    QByteArray rest() { return bytes(m_left); }

private:
    void skip(std::size_t size) noexcept
    {
        m_at += size;
        m_left -= size;
    }

    const std::uint8_t *m_at;
    std::size_t m_left;
};

} // namespace InfraFuzz
