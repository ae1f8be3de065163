package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.DirectBuffer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The side of a {@link PartitionLog} that only a log with replicas elsewhere has: batches as a leader stamped them, the
 * high watermark, the epochs of the log. All by the owner of the log.
 */
public final class ReplicatedLog
{
    /** A batch of an epoch that must not come now. */
    public static final long WRONG_EPOCH = ResultCode.FENCED_EPOCH.code();
    /** A batch that does not follow the log end. */
    public static final long WRONG_OFFSET = ResultCode.OFFSET_OUT_OF_RANGE.code();

    private final LogAppender appender;
    private final LogState state;
    private final LeaderEpochs epochs;
    private final boolean isCompacting;

    ReplicatedLog(
        final LogAppender appender, final LogState state, final LeaderEpochs epochs, final boolean isCompacting)
    {
        this.appender = appender;
        this.state = state;
        this.epochs = epochs;
        this.isCompacting = isCompacting;
    }

    /**
     * Make an empty log that has replicas elsewhere: nothing in it is committed before {@link #highWatermark} says so.
     * Blocks. By the housekeeper.
     *
     * @param context   of the engine.
     * @param directory to be created; must not hold a log.
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param config    of the log.
     * @return the log, open.
     * @throws IOException where a file cannot be made; the directory may then be left behind.
     */
    public static PartitionLog create(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config) throws IOException
    {
        return PartitionLog.create(context, directory, topicId, partition, config, 0);
    }

    /**
     * Open a log that has replicas elsewhere, as
     * {@link PartitionLog#open(LogContext, Path, long, int, LogConfig, CleanState, LogCheckpoint)} opens one that has
     * not; but its end does not tell what is committed. Blocks. By the housekeeper.
     *
     * @param context       of the engine.
     * @param directory     of the log.
     * @param topicId       that the files must name.
     * @param partition     that the files must name.
     * @param config        of the log.
     * @param cleanState    what {@link PartitionLog#closeClean()} returned, or null: scan from the recovery point on.
     * @param checkpoint    what {@link PartitionLog#checkpoint()} returned last, or null: scan everything.
     * @param highWatermark a lower bound of what is committed, 0 where none is known.
     * @return the log, open.
     * @throws IOException where a file cannot be read or forced, or nothing of the log is readable:
     *                     {@link UnreadableLogException}.
     */
    public static PartitionLog open(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final CleanState cleanState,
        final LogCheckpoint checkpoint,
        final long highWatermark) throws IOException
    {
        return PartitionLog.open(
            context, directory, topicId, partition, config, cleanState, checkpoint, Math.max(0, highWatermark));
    }

    /**
     * Write down that a log was found damaged while it was in use: whoever opens it next reads all of it, also what
     * was on disk long before, and finds the place. Blocks. By the housekeeper.
     *
     * @param storage   that holds it.
     * @param directory of the log.
     * @throws IOException where it cannot be written.
     */
    public static void suspect(final Storage storage, final Path directory) throws IOException
    {
        storage.replace(directory.resolve(LogRecovery.SUSPECT_FILE_NAME), new byte[0]);
    }

    /**
     * Append batches that a leader sent. Each is published when it was found whole; what comes before a bad one stays.
     *
     * @param src      buffer with whole batches.
     * @param index    of the first one.
     * @param length   of all.
     * @param maxEpoch leader epoch above which no batch may be.
     * @return 0; or a negative code for the batch that would begin at the log end: CORRUPT_BATCH, {@link #WRONG_EPOCH},
     *         {@link #WRONG_OFFSET}, BACK_PRESSURED, STORAGE_LOW, PARTITION_FENCED, RECORD_TOO_LARGE, CLOSED.
     */
    public long append(final DirectBuffer src, final int index, final int length, final int maxEpoch)
    {
        return append(src, index, length, maxEpoch, isCompacting);
    }

    /**
     * As {@link #append(DirectBuffer, int, int, int)}.
     *
     * @param src          buffer with whole batches.
     * @param index        of the first one.
     * @param length       of all.
     * @param maxEpoch     leader epoch above which no batch may be.
     * @param isGapAllowed whether a batch may begin above the log end, as where compaction took what was between.
     * @return 0 or a negative code.
     */
    public long append(
        final DirectBuffer src, final int index, final int length, final int maxEpoch, final boolean isGapAllowed)
    {
        final int end = index + length;
        int batchIndex = index;
        while (batchIndex < end)
        {
            final int batchLength = BatchValidator.plausibleLength(src, batchIndex, end - batchIndex);
            if (batchLength < 0)
            {
                return ResultCode.CORRUPT_BATCH.code();
            }

            final int epoch = RecordBatchDescriptor.leaderEpoch(src, batchIndex);
            final long offset = RecordBatchDescriptor.baseOffset(src, batchIndex);
            final long logEnd = state.positions.logEnd();
            final boolean isHeaderUsable = epoch >= appender.lastEpoch() && epoch <= maxEpoch &&
                (offset == logEnd || isGapAllowed && offset > logEnd);
            if (!isHeaderUsable)
            {
                return !appender.isWhole(src, batchIndex) ? ResultCode.CORRUPT_BATCH.code() :
                    epoch < appender.lastEpoch() || epoch > maxEpoch ? WRONG_EPOCH : WRONG_OFFSET;
            }

            final long result = appender.appendStamped(src, batchIndex, batchLength);
            if (result < 0)
            {
                return result;
            }
            batchIndex += batchLength;
        }

        return 0;
    }

    /**
     * Let readers see everything below an offset.
     *
     * @param offset from the log start to the log end.
     */
    public void highWatermark(final long offset)
    {
        state.positions.highWatermark(offset);
    }

    /**
     * Let the log begin later. What lies below is out of reach at once, and its files go as soon as may be.
     *
     * @param offset up to the high watermark; without effect where the log begins later already.
     */
    public void raiseLogStart(final long offset)
    {
        state.positions.raiseLogStart(offset);
    }

    /**
     * @return whether the log is being cut or begins anew, and so cannot be appended to.
     */
    public boolean isBusy()
    {
        return appender.isBusy();
    }

    /**
     * @return 0, or the code with which the log refuses appends: STORAGE_LOW, PARTITION_FENCED, CLOSED, UNKNOWN_TOPIC.
     */
    public int refusal()
    {
        return state.appendRefusal();
    }

    /**
     * @return a new reader of everything up to the log end, committed or not.
     */
    public LogReader newReader()
    {
        return new LogReader(state, true);
    }

    /**
     * @return number of epochs of which there are batches, or were.
     */
    public int epochCount()
    {
        return epochs.history().size();
    }

    /**
     * @param i from 0, the oldest.
     * @return the epoch.
     */
    public int epoch(final int i)
    {
        return epochs.history().epoch(i);
    }

    /**
     * @param i from 0, the oldest.
     * @return offset of the first batch of that epoch, or the log start if that is later.
     */
    public long epochStart(final int i)
    {
        return epochs.history().start(i);
    }

    /**
     * @param epoch to look for.
     * @return index of the greatest epoch that is not above it, -1 for none.
     */
    public int floorOfEpoch(final int epoch)
    {
        final History history = epochs.history();
        int i = history.size() - 1;
        while (i >= 0 && history.epoch(i) > epoch)
        {
            i--;
        }

        return i;
    }

    /**
     * @param offset of a record.
     * @return epoch in which it was written, -1 where that is not known any more.
     */
    public int epochAt(final long offset)
    {
        return epochs.history().epochAt(offset);
    }

    /**
     * For the simulator alone: whether the producers stay as they were when the log is cut, which is wrong.
     *
     * @param isKept whether they do.
     */
    public void keepProducersOnTruncate(final boolean isKept)
    {
        appender.keepProducersOnTruncate(isKept);
    }
}
