// SPDX-License-Identifier: GPL-3.0-or-later
#include "pagefactory.h"

#include "cachespage.h"
#include "eventspage.h"
#include "keyspage.h"
#include "overviewpage.h"
#include "poolspage.h"
#include "servicespage.h"

namespace InfraConsole {

std::vector<Page *> createPages(Session &session, ViewContext &view, QWidget *parent)
{
    return {new OverviewPage(session, view, parent), new CachesPage(session, view, parent),
            new KeysPage(session, view, parent), new PoolsPage(session, view, parent), new ServicesPage(session, view, parent), new EventsPage(session, view, parent)};
}

} // namespace InfraConsole
