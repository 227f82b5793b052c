// SPDX-License-Identifier: MIT
//
// Caffeine as a peer of `infra-bench memory`: reads one command a line, answers one line. Run from source:
//     java -cp caffeine.jar CaffeinePeer.java SEQUENCE KEYS VALUESIZE
// SEQUENCE is a file of 32-bit little-endian key numbers, what every pass looks up; every key is present.
// Commands:
//     pass THREADS -> nanoseconds for one pass over the sequence by each of so many threads
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;

public class CaffeinePeer {
    static final AtomicLong bytesRead = new AtomicLong();

    static void lookUp(Cache<String, byte[]> cache, String[] keys, int[] sequence, int from) {
        long bytes = 0;
        int at = from;
        for (int i = 0; i < sequence.length; ++i) {
            bytes += cache.getIfPresent(keys[sequence[at]]).length;
            if (++at == sequence.length)
                at = 0;
        }
        bytesRead.addAndGet(bytes);
    }

    static long pass(Cache<String, byte[]> cache, String[] keys, int[] sequence, int threads) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(threads + 1);
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; ++t) {
            int from = (int) ((long) sequence.length * t / threads);
            workers[t] = new Thread(() -> {
                try {
                    barrier.await();
                    lookUp(cache, keys, sequence, from);
                    barrier.await();
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
            });
            workers[t].start();
        }
        barrier.await();
        long begun = System.nanoTime();
        barrier.await();
        long taken = System.nanoTime() - begun;
        for (Thread worker : workers)
            worker.join();
        return taken;
    }

    public static void main(String[] arguments) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Paths.get(arguments[0]))).order(ByteOrder.LITTLE_ENDIAN);
        int[] sequence = new int[bytes.remaining() / 4];
        bytes.asIntBuffer().get(sequence);
        int count = Integer.parseInt(arguments[1]);
        int valueSize = Integer.parseInt(arguments[2]);
        Cache<String, byte[]> cache = Caffeine.newBuilder().maximumSize(count).recordStats().build();
        String[] keys = new String[count];
        for (int i = 0; i < count; ++i) {
            String key = String.format("tenant:0042:object:%021d", i);
            cache.put(key, new byte[valueSize]);
            keys[i] = new String(key.toCharArray()); // Not the very object that was put.
        }
        for (int i = 0; i < 6; ++i)
            pass(cache, keys, sequence, 1 + i % 2);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(pass(cache, keys, sequence, Integer.parseInt(line.substring(5).trim())));
            System.out.flush();
        }
    }
}
