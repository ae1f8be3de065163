package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Keeps some of the file system free: while less is left than {@code storage.low.bytes}, appends to every partition
 * are refused with STORAGE_LOW and reads go on. They are taken again when a quarter more than that is free, so that
 * it does not go back and forth with every segment.
 * <p>
 * Owned by the housekeeper.
 */
final class StorageWatch
{
    /** What appends go through. */
    @FunctionalInterface
    interface Gate
    {
        /**
         * @param isLow whether appends are to be refused from now on.
         */
        void storageLow(boolean isLow);
    }

    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Storage storage;
    private final Path directory;
    private final long lowBytes;
    private final long healedBytes;
    private final Gate gate;
    private final Reporter reporter;
    private long nextCheckNs;
    private boolean isLow;
    private boolean isBlind;

    /**
     * @param lowBytes that are to be left free; 0 for none.
     * @param gate     of the appends.
     * @param nowNs    epoch ns, time of the first check.
     */
    StorageWatch(
        final Storage storage,
        final Path directory,
        final long lowBytes,
        final Gate gate,
        final Reporter reporter,
        final long nowNs)
    {
        this.storage = storage;
        this.directory = directory;
        this.lowBytes = lowBytes;
        this.healedBytes = lowBytes + (lowBytes >> 2);
        this.gate = gate;
        this.reporter = reporter;
        this.nextCheckNs = nowNs;
    }

    int doWork(final long nowNs)
    {
        if (0 == lowBytes || nowNs - nextCheckNs < 0)
        {
            return 0;
        }

        nextCheckNs = nowNs + CHECK_INTERVAL_NS;
        try
        {
            final long usable = storage.usableSpace(directory);
            isBlind = false;
            if (usable < (isLow ? healedBytes : lowBytes) == isLow)
            {
                return 0;
            }

            isLow = !isLow;
            gate.storageLow(isLow);
            if (isLow)
            {
                reporter.report(
                    ResultCode.STORAGE_LOW,
                    "the file system of " + directory + " has " + usable + " bytes left, below " +
                    Setting.STORAGE_LOW_BYTES.settingName() + "=" + lowBytes + ": appends are refused until " +
                    healedBytes + " are free; delete topics, lower their retention or make room",
                    null);
            }

            return 1;
        }
        catch (final IOException ex)
        {
            if (!isBlind)
            {
                isBlind = true;
                reporter.report(
                    ResultCode.INTERNAL,
                    "the space left for " + directory + " cannot be asked for (" + ex +
                    "): only a full disk is noticed",
                    ex);
            }

            return 0;
        }
    }
}
