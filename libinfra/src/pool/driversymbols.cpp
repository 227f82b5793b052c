// SPDX-License-Identifier: MIT
#include "driversymbols.h"

#include <QVariant>

#include <cstring>

#include <dlfcn.h>

namespace Infra::Detail {

void *driverSymbol(const QSqlDriver *driver, const char *name)
{
    // The driver's virtual table lies in its plugin; looking a name up through the plugin's handle searches
    // the plugin and the libraries that it depends on, hence finds the very functions that it calls.
    const void *table = nullptr;
    std::memcpy(&table, static_cast<const void *>(driver), sizeof table);
    Dl_info info{};
    if (!dladdr(table, &info) || !info.dli_fname)
        return nullptr;
    void *plugin = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!plugin)
        return nullptr;
    void *symbol = dlsym(plugin, name);
    dlclose(plugin); // Qt keeps it loaded.
    return symbol;
}

void *driverHandle(const QSqlDriver *driver, const char *type)
{
    const QVariant handle = driver->handle();
    const std::size_t length = std::strlen(type);
    if (!handle.isValid() || std::strncmp(handle.typeName(), type, length) != 0
        || std::strcmp(handle.typeName() + length, "*") != 0)
        return nullptr;
    void *pointer = nullptr;
    std::memcpy(&pointer, handle.constData(), sizeof pointer);
    return pointer;
}

} // namespace Infra::Detail
