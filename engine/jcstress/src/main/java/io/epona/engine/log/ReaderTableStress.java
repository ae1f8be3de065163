package io.epona.engine.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Readers that come and go at once: none is forgotten.
 * <p>
 * Each change copies the array of slots and puts the copy in by compare-and-set, which fails, and is done again, where
 * another change came between. A snapshot reads one such array, which never changes.
 */
@JCStressTest
@State
@Outcome(id = "false", expect = ACCEPTABLE, desc = "the pin of the new reader stands")
@Outcome(id = "true", expect = FORBIDDEN, desc = "a reader was lost from the table")
public class ReaderTableStress
{
    private final ReaderTable table = new ReaderTable();
    private final ReaderSlot leaving = table.add();

    /** A reader opens, and pins. */
    @Actor
    public void opening()
    {
        table.add().pin();
    }

    /** Another one closes. */
    @Actor
    public void closing()
    {
        table.remove(leaving);
    }

    /** A third one opens and closes. */
    @Actor
    public void passing()
    {
        table.remove(table.add());
    }

    /**
     * The pins are still there.
     *
     * @param result whether no pin was found.
     */
    @Arbiter
    public void housekeeper(final Z_Result result)
    {
        result.r1 = table.snapshot().areReleased();
    }
}
