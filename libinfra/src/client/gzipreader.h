// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <array>
#include <memory>

struct z_stream_s;

namespace Infra::Detail {

// Thread safety: none; one owner.
//
// Unpacks a gzip body while it arrives, in pieces, so that a small body that unpacks to a huge one takes no more memory
// than its reader lets it, and knows whether it has seen the body's end.
class GzipReader
{
public:
    static constexpr std::size_t PieceBytes = 64 * 1024;

    GzipReader();
    ~GzipReader();
    GzipReader(const GzipReader &) = delete;
    GzipReader &operator=(const GzipReader &) = delete;

    // The body's next bytes. What was fed before must have been read to its end.
    void feed(QByteArray packed);
    // The next unpacked bytes, at most PieceBytes. Empty: all that was fed has been read, or the body is damaged.
    [[nodiscard]] QByteArray read();
    // Not gzip, or not what was packed.
    [[nodiscard]] bool isDamaged() const noexcept { return m_damaged; }
    // What was read so far is a whole body, its checksum included.
    [[nodiscard]] bool isComplete() const noexcept { return m_ended && !m_damaged; }

private:
    struct StreamDeleter
    {
        void operator()(z_stream_s *stream) const;
    };

    const std::unique_ptr<z_stream_s, StreamDeleter> m_stream;
    QByteArray m_packed;
    std::array<char, PieceBytes> m_piece;
    bool m_pieceWasFull = false; // More may have been unpacked than it could take.
    bool m_ended = false;        // Behind a whole member.
    bool m_damaged = false;
};

} // namespace Infra::Detail
