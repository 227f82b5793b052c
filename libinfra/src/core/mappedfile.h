// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <cstddef>
#include <memory>

namespace Infra::Detail {

// Thread safety: every member may be called from any thread at once.
//
// A file mapped shared and writable, that survives what happens to the file. Touching a page that the file no
// longer has (it was truncated, or the disk is full) raises SIGBUS; a handler, installed once for the process and
// chained to the one before, puts a private page of all ones in its place and the mapping is lost: what is read is
// stable garbage that the owner recognises, and nobody dies. Signals outside such mappings go to the handler before.
class MappedFile
{
public:
    // Maps the first `bytes` (a multiple of the page size) of an open file. The descriptor may be closed afterwards.
    [[nodiscard]] static Result<std::unique_ptr<MappedFile>> map(int descriptor, std::size_t bytes);
    ~MappedFile();
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    [[nodiscard]] std::byte *data() const noexcept { return m_data; }
    [[nodiscard]] std::size_t size() const noexcept { return m_bytes; }
    // Some page was replaced by ones.
    [[nodiscard]] bool isLost() const noexcept;
    // Detaches from the file: everything reads as ones from now on, and costs no memory.
    void retire() noexcept;

private:
    MappedFile(std::byte *data, std::size_t bytes, int slot) noexcept : m_data(data), m_bytes(bytes), m_slot(slot) {}
    std::byte *m_data;
    std::size_t m_bytes;
    int m_slot;
};

} // namespace Infra::Detail
