package io.epona.broker.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into a request to end, waits until the command has ended, and exits with the command's code:
 * the JVM alone would report the signal, also where everything was closed in good order. Any thread.
 */
final class Shutdown implements StopSignal
{
    private static final long DEADLINE_MS = 9_500;

    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean isRequested;
    private volatile int exitCode;
    private volatile long deadlineMs = DEADLINE_MS;

    Shutdown()
    {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "epona-shutdown"));
    }

    private void onShutdown()
    {
        isRequested = true;
        boolean isFinished = false;
        try
        {
            isFinished = finished.await(deadlineMs, TimeUnit.MILLISECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(isFinished ? exitCode : ExitCodes.INFRASTRUCTURE);
    }

    @Override
    public boolean isRequested()
    {
        return isRequested;
    }

    @Override
    public void deadline(final long deadlineMs)
    {
        this.deadlineMs = deadlineMs;
    }

    /**
     * The command has ended.
     *
     * @param exitCode of the process.
     */
    void finish(final int exitCode)
    {
        this.exitCode = exitCode;
        finished.countDown();
    }
}
