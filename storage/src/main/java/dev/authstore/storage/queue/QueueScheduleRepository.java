package dev.authstore.storage.queue;

import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.InvalidInputException;
import java.util.Collection;
import java.util.List;

/**
 * What recurs. When it does, and what is then done, is known to the program only; stored is which
 * job was the latest, so that exactly one leader plans the next.
 */
public interface QueueScheduleRepository {

  /** All schedules, in the order of their names. */
  List<ScheduleStatus> list();

  /**
   * Adds the schedules that are not there yet; the others keep their history, and none is removed.
   * All workers may do so at once.
   *
   * @throws InvalidInputException if a name is blank or longer than 200 bytes of UTF-8
   */
  void setup(Collection<String> scheduleNames);

  /**
   * Removes the schedules whose names are not given, unless an occurrence has not ended yet. Jobs
   * forget the schedule they came from.
   *
   * @return how many were removed
   */
  int prune(Collection<String> keptNames);
}
