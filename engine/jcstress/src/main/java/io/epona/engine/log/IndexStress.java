package io.epona.engine.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Who sees the count of an index sees the entries below it.
 * <p>
 * The owner stores the entry, with plain stores into memory that was made before, and then the count with release; a
 * reader looks at no entry at or above a count that it has acquired. The chunks themselves come from the housekeeper,
 * which hands them to the owner with the prepared limit ({@link PreparedStress}).
 */
@JCStressTest
@State
@Outcome(id = {"0, 0", "1, 7"}, expect = ACCEPTABLE, desc = "no entry yet, or a whole one")
@Outcome(expect = FORBIDDEN, desc = "an entry that was not there")
public class IndexStress
{
    private static final int INTERVAL = 1024;
    private static final int DELTA = 7;

    private final SegmentIndex index = new SegmentIndex(LogConfig.SEGMENT_BYTES_MIN, INTERVAL);

    /** The housekeeper has made memory for the entries. */
    public IndexStress()
    {
        index.prepare(LogConfig.SEGMENT_BYTES_MIN);
    }

    /** The owner appends. */
    @Actor
    public void owner()
    {
        index.add(DELTA, index.nextEntryAt(), 1);
    }

    /**
     * A reader looks for its place.
     *
     * @param result entries, and the offset of the last.
     */
    @Actor
    public void reader(final II_Result result)
    {
        result.r1 = index.count();
        if (result.r1 > 0)
        {
            result.r2 = (int)index.offsetDelta(result.r1 - 1);
        }
    }
}
