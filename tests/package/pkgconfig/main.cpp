#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCoreApplication>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const auto store = Infra::CacheStore::openInMemory();
    const auto cache = Infra::Cache::create(*store, "answers");
    return cache && (*cache)->set("answer", "42") && (*cache)->get("answer").value() == "42" ? 0 : 1;
}
