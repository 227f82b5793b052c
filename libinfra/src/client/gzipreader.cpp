// SPDX-License-Identifier: MIT
#include "gzipreader.h"

#include <zlib.h>

namespace Infra::Detail {

namespace {

// The largest window, and a gzip header and trailer around it.
constexpr int GzipWindowBits = 15 + 16;

} // namespace

void GzipReader::StreamDeleter::operator()(z_stream_s *stream) const
{
    inflateEnd(stream);
    delete stream;
}

GzipReader::GzipReader() : m_stream(new z_stream_s())
{
    m_damaged = inflateInit2(m_stream.get(), GzipWindowBits) != Z_OK;
}

GzipReader::~GzipReader() = default;

void GzipReader::feed(QByteArray packed)
{
    m_packed = std::move(packed);
    m_stream->next_in = reinterpret_cast<Bytef *>(m_packed.data());
    m_stream->avail_in = static_cast<uInt>(m_packed.size());
}

QByteArray GzipReader::read()
{
    if (m_damaged || (m_stream->avail_in == 0 && !m_pieceWasFull))
        return {};
    m_stream->next_out = reinterpret_cast<Bytef *>(m_piece.data());
    m_stream->avail_out = static_cast<uInt>(m_piece.size());
    while (m_stream->avail_out > 0 && !m_damaged) {
        if (m_ended) {
            if (m_stream->avail_in == 0)
                break;
            // A body may be several members, one after the other (RFC 1952, 2.2).
            inflateReset(m_stream.get());
            m_ended = false;
        }
        const int code = inflate(m_stream.get(), Z_NO_FLUSH);
        if (code == Z_BUF_ERROR)
            break; // Everything is used up.
        m_ended = code == Z_STREAM_END;
        m_damaged = code != Z_OK && code != Z_STREAM_END;
    }
    m_pieceWasFull = m_stream->avail_out == 0;
    return QByteArray(m_piece.data(), static_cast<qsizetype>(m_piece.size() - m_stream->avail_out));
}

} // namespace Infra::Detail
