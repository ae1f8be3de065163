package io.epona.simulator.cli;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;

/**
 * Runs seeds on several threads, each world on one, and gives what they showed in the order of the seeds.
 * <p>
 * Used by one thread.
 */
final class SeedPool<T> implements AutoCloseable
{
    private static final int AHEAD = 4;

    private final ExecutorService executor;
    private final ArrayDeque<Future<T>> running = new ArrayDeque<>();
    private final LongFunction<T> runner;
    private final int limit;
    private final long end;
    private long next;

    /**
     * @param threads number of threads.
     * @param from    first seed.
     * @param count   number of seeds.
     * @param runner  of a seed, on any of the threads.
     */
    SeedPool(final int threads, final long from, final long count, final LongFunction<T> runner)
    {
        this.executor = Executors.newFixedThreadPool(threads);
        this.runner = runner;
        this.limit = threads * AHEAD;
        this.next = from;
        this.end = from + count;
    }

    boolean hasNext()
    {
        while (running.size() < limit && next < end)
        {
            final long seed = next++;
            running.add(executor.submit(() -> runner.apply(seed)));
        }

        return !running.isEmpty();
    }

    /**
     * @return what the next seed in order showed; waits for it.
     * @throws ExecutionException   where the runner threw.
     * @throws InterruptedException where the caller is interrupted.
     */
    T next() throws ExecutionException, InterruptedException
    {
        return running.remove().get();
    }

    /** What is still running is of no interest any more. */
    @Override
    public void close()
    {
        executor.shutdownNow();
    }
}
