package io.epona.loadgen.chaos;

import io.epona.codecs.batch.Crc32c;
import io.epona.engine.DirectoryInspector;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds the logs of all replicas against each other, batch by batch, as they lie on disk. To be asked when everything
 * that was sent is acknowledged and all replicas are in sync, so that everything is below the high watermark: then
 * replicas have to be equal to the last byte.
 *
 * @param logs        of all replicas.
 * @param bytes       of all their batches.
 * @param differences between replicas, and damage.
 */
record ReplicaComparison(int logs, long bytes, List<String> differences)
{
    /**
     * @param dataDirs of the brokers, all of which hold a replica of every partition.
     * @return what was found.
     * @throws IOException where a file cannot be read.
     */
    static ReplicaComparison of(final List<Path> dataDirs) throws IOException
    {
        final List<String> differences = new ArrayList<>();
        final List<Map<String, Digest>> replicas = new ArrayList<>();
        for (final Path dataDir : dataDirs)
        {
            replicas.add(digests(dataDir, differences));
        }
        final Map<String, Digest> first = replicas.get(0);
        for (int i = 1; i < replicas.size(); i++)
        {
            final Map<String, Digest> other = replicas.get(i);
            if (!first.keySet().equals(other.keySet()))
            {
                differences.add(dataDirs.get(0) + " holds " + first.keySet() + ", " + dataDirs.get(i) + " " +
                    other.keySet());
            }
            for (final Map.Entry<String, Digest> entry : first.entrySet())
            {
                final Digest there = other.get(entry.getKey());
                if (null != there && !entry.getValue().isEqual(there))
                {
                    differences.add(entry.getKey() + ": " + dataDirs.get(0) + " " + entry.getValue() + ", " +
                        dataDirs.get(i) + ' ' + there);
                }
            }
        }

        return new ReplicaComparison(
            replicas.stream().mapToInt(Map::size).sum(),
            replicas.stream().flatMap((logs) -> logs.values().stream()).mapToLong((digest) -> digest.bytes).sum(),
            differences);
    }

    private static Map<String, Digest> digests(final Path dataDir, final List<String> damage) throws IOException
    {
        final Map<String, Digest> digests = new TreeMap<>();
        final DirectoryInspector directory = DirectoryInspector.open(dataDir, false);
        for (final DirectoryInspector.Log log : directory.logs())
        {
            final Digest digest = new Digest();
            final LogSummary summary = log.inspector(digest).inspect();
            if (summary.isDamaged())
            {
                damage.add(log.directory() + " is damaged: " + summary.findings());
            }
            digest.logStart = summary.logStart();
            digest.logEnd = summary.logEnd();
            digests.put(log.topic() + '-' + log.partition(), digest);
        }

        return digests;
    }

    /** Of one log: where it begins and ends, and a sum over all its batches in their order. */
    private static final class Digest implements LogVisitor
    {
        private static final long FACTOR = 0x9E3779B97F4A7C15L;

        private final Crc32c crc = new Crc32c();
        private long sum;
        private long bytes;
        private long logStart;
        private long logEnd;

        @Override
        public void onSegment(final SegmentInfo segment)
        {
            // Where a log is cut into segments is each replica's own affair.
        }

        @Override
        public boolean onBatch(
            final SegmentInfo segment,
            final long position,
            final DirectBuffer buffer,
            final int index,
            final int length)
        {
            sum = (sum ^ crc.compute(buffer, index, length) ^ (long)length << 32) * FACTOR;
            bytes += length;

            return true;
        }

        private boolean isEqual(final Digest other)
        {
            return sum == other.sum && bytes == other.bytes && logStart == other.logStart && logEnd == other.logEnd;
        }

        @Override
        public String toString()
        {
            return "offsets " + logStart + " to " + logEnd + ", " + bytes + " bytes, sum " + Long.toHexString(sum);
        }
    }
}
