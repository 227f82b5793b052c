// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace Infra::Detail {

constexpr std::uint64_t zigzag(std::int64_t value) noexcept
{
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) noexcept
{
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// Thread safety: none; one per payload.
//
// Appends numbers as little-endian base-128 varints (LEB128), signed ones zigzagged.
class ByteWriter
{
public:
    explicit ByteWriter(QByteArray &out) : m_out(out) {}

    void byte(std::uint8_t value) { m_out.append(static_cast<char>(value)); }
    void number(std::uint64_t value)
    {
        char buffer[10];
        int size = 0;
        while (value >= 0x80) {
            buffer[size++] = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        buffer[size++] = static_cast<char>(value);
        m_out.append(buffer, size);
    }
    void signedNumber(std::int64_t value) { number(zigzag(value)); }
    void fixed(std::uint64_t value)
    {
        char buffer[8];
        for (char &each : buffer) {
            each = static_cast<char>(value & 0xff);
            value >>= 8;
        }
        m_out.append(buffer, 8);
    }
    void append(QByteArrayView bytes) { m_out.append(bytes.data(), bytes.size()); }
    void text(QByteArrayView value)
    {
        number(static_cast<std::uint64_t>(value.size()));
        append(value);
    }

private:
    QByteArray &m_out;
};

// Thread safety: none; one per payload.
//
// Reads what ByteWriter wrote out of bytes that nobody vouches for: past the end, or after a malformed number,
// it stops, returns zeros and says so in isValid().
class ByteReader
{
public:
    explicit ByteReader(QByteArrayView bytes) : m_at(bytes.data()), m_end(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool isValid() const noexcept { return m_valid; }
    [[nodiscard]] bool atEnd() const noexcept { return m_at == m_end; }
    [[nodiscard]] const char *position() const noexcept { return m_at; }
    void invalidate() noexcept
    {
        m_valid = false;
        m_at = m_end;
    }

    std::uint8_t byte() noexcept
    {
        if (m_at == m_end) {
            invalidate();
            return 0;
        }
        return static_cast<std::uint8_t>(*m_at++);
    }
    std::uint64_t number() noexcept
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (m_at == m_end)
                break;
            const auto next = static_cast<std::uint8_t>(*m_at++);
            if (shift == 63 && next > 1)
                break;
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        invalidate();
        return 0;
    }
    std::int64_t signedNumber() noexcept { return unzigzag(number()); }
    // A number that must not exceed `limit`.
    std::uint64_t bounded(std::uint64_t limit) noexcept
    {
        const std::uint64_t value = number();
        if (value <= limit)
            return value;
        invalidate();
        return 0;
    }
    std::uint64_t fixed() noexcept
    {
        if (m_end - m_at < 8) {
            invalidate();
            return 0;
        }
        std::uint64_t value = 0;
        for (int index = 7; index >= 0; --index)
            value = (value << 8) | static_cast<std::uint8_t>(m_at[index]);
        m_at += 8;
        return value;
    }
    // Refers to the bytes read from.
    QByteArrayView text(std::uint64_t limit) noexcept
    {
        const std::uint64_t size = bounded(limit);
        if (size > static_cast<std::uint64_t>(m_end - m_at)) {
            invalidate();
            return {};
        }
        const QByteArrayView value(m_at, static_cast<qsizetype>(size));
        m_at += size;
        return value;
    }

private:
    const char *m_at;
    const char *m_end;
    bool m_valid = true;
};

// The bytes with their checksum (XXH3, 64 bits, little-endian) appended; the bytes without it when it is right.
[[nodiscard]] QByteArray sealed(QByteArray bytes);
[[nodiscard]] std::optional<QByteArrayView> unsealed(QByteArrayView bytes) noexcept;

} // namespace Infra::Detail
