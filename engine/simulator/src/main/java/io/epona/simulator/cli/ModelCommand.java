package io.epona.simulator.cli;

import io.epona.simulator.model.Exploration;
import io.epona.simulator.model.ModelCase;
import io.epona.simulator.model.ModelSuite;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Walks through the abstract models, and says how many states each has and what was found.
 */
@Command(
    name = "model",
    description = "Visit every state of the abstract models within a bound.",
    mixinStandardHelpOptions = true)
final class ModelCommand implements Callable<Integer>
{
    private static final int CLEAN = 0;
    private static final int VIOLATION = 4;

    enum Bound
    {
        small, redundant, large
    }

    @Option(
        names = "--bound", paramLabel = "small|redundant|large",
        description = "Seconds, with planted defects; guards that are second fences; or minutes and up to 6 GiB.")
    private Bound bound = Bound.small;

    @Option(names = "--only", paramLabel = "TEXT", description = "Only cases whose name has this in it.")
    private String only = "";

    @Option(names = "--states", paramLabel = "N", description = "States of a case at most, 20000000 by default.")
    private int limit = 20_000_000;

    private final PrintStream out;

    ModelCommand(final PrintStream out)
    {
        this.out = out;
    }

    @Override
    public Integer call()
    {
        final List<ModelCase> cases = new ArrayList<>(
            Bound.small == bound ? ModelSuite.small() :
            Bound.large == bound ? ModelSuite.large() : ModelSuite.redundant());
        cases.removeIf((one) -> !one.name().contains(only));
        boolean isClean = true;
        for (final ModelCase one : cases)
        {
            final Exploration found = one.explore(limit);
            final boolean isAsExpected = one.isAsExpected(found);
            isClean &= isAsExpected;
            out.println((isAsExpected ? "" : "WRONG ") + one + ": " +
                (one.isPlanted() && isAsExpected ? "found in " + found.way().size() + " steps, " + found.states() +
                " states" : found.toString()));
        }
        out.println(isClean ? "clean: " + cases.size() + " cases" : "violation: model");

        return isClean ? CLEAN : VIOLATION;
    }
}
