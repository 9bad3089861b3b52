"""Linear systems with a sparse symmetric matrix without negative eigenvalues, such as the curvature of many models.

Conjugate gradients, scaled by the diagonal, need few steps where models met many others at random. Where they need
many, as along a chain of models, the graph falls apart at few models, so a sparse factorisation is small.
"""

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import LinearOperator, cg, splu

from storage.ledger.battles import FloatArray

_RELATIVE_ERROR = 1e-11
_MOST_STEPS = 1500
_RIDGE = 1e-10
_REFINEMENTS = 4


def solve_sparse(matrix: csr_array, right: FloatArray) -> FloatArray:
    """A solution of a system that has one; a matrix with null directions leaves the part along them open."""
    if not right.any():
        return np.zeros_like(right)
    diagonal = matrix.diagonal()
    scale = np.where(diagonal > 0.0, diagonal, 1.0)
    precondition = LinearOperator(matrix.shape, matvec=lambda vector: vector / scale, dtype=np.float64)
    found, unfinished = cg(matrix, right, rtol=_RELATIVE_ERROR, atol=0.0, maxiter=_MOST_STEPS, M=precondition)
    if not unfinished:
        return np.asarray(found, np.float64)
    ridge = _RIDGE * float(np.median(scale))
    factors = splu((matrix + ridge * eye_array(len(right))).tocsc())
    solution = np.zeros_like(right)
    for _ in range(_REFINEMENTS):
        solution = solution + factors.solve(right - matrix @ solution)
    return np.asarray(solution, np.float64)
