// SPDX-License-Identifier: MIT
//
// HikariCP as a peer of `infra-bench pool`: reads one command a line, answers one line. Run from source:
//     java -cp HikariCP.jar:slf4j-api.jar HikariPeer.java
// Commands, with times in nanoseconds:
//     cycle COUNT                                       -> ns for one getConnection and close
//     contend THREADS CONNECTIONS MILLISECONDS          -> cycles per second, all threads
//     work THREADS CONNECTIONS MICROSECONDS MILLISECONDS -> median and longest wait for a connection
//     spike MINIMUM MAXIMUM CONNECT_MS QUERY_MS THREADS -> connections when the burst is over, and its ns
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Logger;
import javax.sql.DataSource;

public class HikariPeer {
    static HikariDataSource pool(int minimum, int maximum, int connectMilliseconds, AtomicInteger opened) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new StubDataSource(connectMilliseconds, opened));
        config.setMinimumIdle(minimum);
        config.setMaximumPoolSize(maximum);
        config.setConnectionTimeout(30000);
        return new HikariDataSource(config);
    }

    static HikariDataSource full(int connections) throws Exception {
        HikariDataSource pool = pool(connections, connections, 0, new AtomicInteger());
        while (pool.getHikariPoolMXBean() == null || pool.getHikariPoolMXBean().getTotalConnections() < connections)
            Thread.sleep(5);
        return pool;
    }

    static void run(int threads, Runnable body) throws Exception {
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; ++i) {
            Thread thread = new Thread(body);
            thread.start();
            started.add(thread);
        }
        for (Thread thread : started)
            thread.join();
    }

    static HikariDataSource cyclePool;

    static String cycle(long count) throws Exception {
        if (cyclePool == null)
            cyclePool = full(10);
        long start = System.nanoTime();
        for (long i = 0; i < count; ++i)
            cyclePool.getConnection().close();
        return Double.toString((System.nanoTime() - start) / (double) count);
    }

    static String contend(int threads, int connections, long milliseconds) throws Exception {
        try (HikariDataSource pool = full(connections)) {
            LongAdder cycles = new LongAdder();
            long end = System.nanoTime() + milliseconds * 1000000;
            long start = System.nanoTime();
            run(threads, () -> {
                long mine = 0;
                try {
                    while (System.nanoTime() < end) {
                        for (int i = 0; i < 16; ++i, ++mine)
                            pool.getConnection().close();
                    }
                } catch (Exception error) {
                    throw new RuntimeException(error);
                }
                cycles.add(mine);
            });
            return Double.toString(cycles.sum() * 1e9 / (System.nanoTime() - start));
        }
    }

    static String work(int threads, int connections, long microseconds, long milliseconds) throws Exception {
        try (HikariDataSource pool = full(connections)) {
            List<long[]> all = new ArrayList<>();
            long end = System.nanoTime() + milliseconds * 1000000;
            run(threads, () -> {
                long[] waits = new long[1 << 16];
                int count = 0;
                try {
                    while (System.nanoTime() < end && count < waits.length) {
                        long before = System.nanoTime();
                        try (Connection connection = pool.getConnection()) {
                            waits[count++] = System.nanoTime() - before;
                            LockSupport.parkNanos(microseconds * 1000);
                        }
                    }
                } catch (Exception error) {
                    throw new RuntimeException(error);
                }
                synchronized (all) {
                    all.add(Arrays.copyOf(waits, count));
                }
            });
            long[] sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
            return sorted[sorted.length / 2] + " " + sorted[sorted.length - 1];
        }
    }

    static String spike(int minimum, int maximum, int connect, int query, int threads) throws Exception {
        AtomicInteger opened = new AtomicInteger();
        try (HikariDataSource pool = pool(minimum, maximum, connect, opened)) {
            while (pool.getHikariPoolMXBean() == null || pool.getHikariPoolMXBean().getIdleConnections() < minimum)
                Thread.sleep(5);
            Thread.sleep(2L * connect);
            long start = System.nanoTime();
            run(threads, () -> {
                try (Connection connection = pool.getConnection()) {
                    Thread.sleep(query);
                } catch (Exception error) {
                    throw new RuntimeException(error);
                }
            });
            long taken = System.nanoTime() - start;
            Thread.sleep(3L * connect);
            return pool.getHikariPoolMXBean().getTotalConnections() + " " + taken;
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            String[] words = line.trim().split(" ");
            int[] n = Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray();
            String answer = switch (words[0]) {
                case "cycle" -> cycle(n[0]);
                case "contend" -> contend(n[0], n[1], n[2]);
                case "work" -> work(n[0], n[1], n[2], n[3]);
                case "spike" -> spike(n[0], n[1], n[2], n[3], n[4]);
                default -> "unknown";
            };
            System.out.println(answer);
            System.out.flush();
        }
    }
}

class StubDataSource implements DataSource {
    private final int connectMilliseconds;
    private final AtomicInteger opened;

    StubDataSource(int connectMilliseconds, AtomicInteger opened) {
        this.connectMilliseconds = connectMilliseconds;
        this.opened = opened;
    }

    @Override public Connection getConnection() {
        try {
            if (connectMilliseconds > 0)
                Thread.sleep(connectMilliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        opened.incrementAndGet();
        return new StubConnection();
    }
    @Override public Connection getConnection(String user, String password) { return getConnection(); }
    @Override public PrintWriter getLogWriter() { return null; }
    @Override public void setLogWriter(PrintWriter writer) { }
    @Override public void setLoginTimeout(int seconds) { }
    @Override public int getLoginTimeout() { return 0; }
    @Override public Logger getParentLogger() { return null; }
    @Override public <T> T unwrap(Class<T> type) { return null; }
    @Override public boolean isWrapperFor(Class<?> type) { return false; }
}

// Succeeds at everything and does nothing.
class StubConnection implements Connection {
    @Override public <T> T unwrap(Class<T> type) { return null; }
    @Override public boolean isWrapperFor(Class<?> type) { return false; }
    @Override public java.sql.Statement createStatement() { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a) { return null; }
    @Override public java.sql.CallableStatement prepareCall(String a) { return null; }
    @Override public String nativeSQL(String a) { return null; }
    @Override public void setAutoCommit(boolean a) { }
    @Override public boolean getAutoCommit() { return true; }
    @Override public void commit() { }
    @Override public void rollback() { }
    @Override public void close() { }
    @Override public boolean isClosed() { return false; }
    @Override public java.sql.DatabaseMetaData getMetaData() { return null; }
    @Override public void setReadOnly(boolean a) { }
    @Override public boolean isReadOnly() { return false; }
    @Override public void setCatalog(String a) { }
    @Override public String getCatalog() { return null; }
    @Override public void setTransactionIsolation(int a) { }
    @Override public int getTransactionIsolation() { return TRANSACTION_READ_COMMITTED; }
    @Override public java.sql.SQLWarning getWarnings() { return null; }
    @Override public void clearWarnings() { }
    @Override public java.sql.Statement createStatement(int a, int b) { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a, int b, int c) { return null; }
    @Override public java.sql.CallableStatement prepareCall(String a, int b, int c) { return null; }
    @Override public java.util.Map<String, Class<?>> getTypeMap() { return null; }
    @Override public void setTypeMap(java.util.Map<String, Class<?>> a) { }
    @Override public void setHoldability(int a) { }
    @Override public int getHoldability() { return 0; }
    @Override public java.sql.Savepoint setSavepoint() { return null; }
    @Override public java.sql.Savepoint setSavepoint(String a) { return null; }
    @Override public void rollback(java.sql.Savepoint a) { }
    @Override public void releaseSavepoint(java.sql.Savepoint a) { }
    @Override public java.sql.Statement createStatement(int a, int b, int c) { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a, int b, int c, int d) { return null; }
    @Override public java.sql.CallableStatement prepareCall(String a, int b, int c, int d) { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a, int b) { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a, int[] b) { return null; }
    @Override public java.sql.PreparedStatement prepareStatement(String a, String[] b) { return null; }
    @Override public java.sql.Clob createClob() { return null; }
    @Override public java.sql.Blob createBlob() { return null; }
    @Override public java.sql.NClob createNClob() { return null; }
    @Override public java.sql.SQLXML createSQLXML() { return null; }
    @Override public boolean isValid(int a) { return true; }
    @Override public void setClientInfo(String a, String b) { }
    @Override public void setClientInfo(java.util.Properties a) { }
    @Override public String getClientInfo(String a) { return null; }
    @Override public java.util.Properties getClientInfo() { return null; }
    @Override public java.sql.Array createArrayOf(String a, Object[] b) { return null; }
    @Override public java.sql.Struct createStruct(String a, Object[] b) { return null; }
    @Override public void setSchema(String a) { }
    @Override public String getSchema() { return null; }
    @Override public void abort(java.util.concurrent.Executor a) { }
    @Override public void setNetworkTimeout(java.util.concurrent.Executor a, int b) { }
    @Override public int getNetworkTimeout() { return 0; }
}
