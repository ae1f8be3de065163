package io.epona.coordination;

import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.function.Consumer;

/**
 * What Curator's and ZooKeeper's threads leave for the owner: hints and errors. Bounded: a hint too many becomes one
 * hint for everything, an error too many is dropped.
 * <p>
 * {@link #onChanged} and {@link #onError} from any thread, the rest by the owner.
 */
final class Inbox
{
    static final int MAX_HINTS = 4096;
    static final int MAX_ERRORS = 64;

    /**
     * @param watch that fired.
     * @param path  of the node, as the watch's listener names it.
     */
    record Hint(Watch watch, String path)
    {
    }

    private final ManyToOneConcurrentArrayQueue<Hint> hints = new ManyToOneConcurrentArrayQueue<>(MAX_HINTS);
    private final ManyToOneConcurrentArrayQueue<Throwable> errors = new ManyToOneConcurrentArrayQueue<>(MAX_ERRORS);
    private volatile boolean isOverflowed;

    void onChanged(final Watch watch, final String path)
    {
        if (!hints.offer(new Hint(watch, path)))
        {
            isOverflowed = true;
        }
    }

    void onError(final Throwable error)
    {
        // Errors repeat while their cause lasts, so that the first ones say it all.
        errors.offer(error);
    }

    void drainHints(final Consumer<Hint> consumer)
    {
        hints.drain(consumer, MAX_HINTS);
    }

    void drainErrors(final Consumer<Throwable> consumer)
    {
        errors.drain(consumer, MAX_ERRORS);
    }

    /**
     * @return whether hints were dropped since the last call.
     */
    boolean takeOverflow()
    {
        if (!isOverflowed)
        {
            return false;
        }
        // Cleared before the caller reads anything again: what is dropped from here on sets it anew.
        isOverflowed = false;

        return true;
    }
}
